def model(dbt, session):
    from kura_udfs.settings import FitSettings, read_settings
    from kura_udfs.stages import cluster_fit
    from kura_udfs.warehouse.stage import Stage

    points = dbt.ref("int_kura__distinct_texts").filter("is_sampled").join(dbt.ref("int_kura__embeddings"), "text_hash")
    settings = read_settings(FitSettings, dbt.config.get("meta"))
    with Stage(dbt, session, "fit", dbt.ref("kura_run_log")) as stage:
        rows = cluster_fit.fit(stage, settings, points)
    return stage.output(rows)
