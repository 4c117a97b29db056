def model(dbt, session):
    from kura_udfs.settings import MapSettings, read_settings
    from kura_udfs.stages import map
    from kura_udfs.warehouse.stage import Stage

    texts, fitted = dbt.ref("int_kura__distinct_texts"), dbt.ref("int_kura__cluster_fit")
    embeddings = dbt.ref("int_kura__embeddings")
    settings = read_settings(MapSettings, dbt.config.get("meta"))
    with Stage(dbt, session, "map", dbt.ref("kura_run_log")) as stage:
        rows = map.place(stage, settings, texts, fitted, embeddings)
    return stage.output(rows)
