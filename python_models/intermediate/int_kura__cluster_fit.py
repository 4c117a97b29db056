def model(dbt, session):
    from kura_udfs.settings import FitSettings, LensSettings, read_settings
    from kura_udfs.stages import cluster_fit
    from kura_udfs.warehouse.stage import in_lenses

    points = dbt.ref("int_kura__distinct_texts"), dbt.ref("int_kura__embeddings")
    settings, lenses = (read_settings(kind, dbt.config.get("meta")) for kind in (FitSettings, LensSettings))
    log = dbt.ref("kura_run_log")
    return in_lenses(dbt, session, "fit", log, lenses.each(), lambda stage: cluster_fit.fit(stage, settings, *points))
