def model(dbt, session):
    from kura_udfs.settings import FitSettings, LensSettings, read_settings
    from kura_udfs.stages import cluster_fit
    from kura_udfs.warehouse.stage import in_lenses

    texts = dbt.ref("int_kura__distinct_texts")
    points = texts.filter("is_sampled").join(dbt.ref("int_kura__embeddings"), "text_hash")
    edits = dbt.ref("stg_kura__edits")
    settings, lenses = (read_settings(kind, dbt.config.get("meta")) for kind in (FitSettings, LensSettings))

    def make(stage):
        return cluster_fit.fit(stage, settings, texts, points, edits)

    return in_lenses(dbt, session, "fit", dbt.ref("kura_run_log"), lenses.each(), make)
