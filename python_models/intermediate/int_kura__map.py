def model(dbt, session):
    from kura_udfs.settings import MapSettings, read_settings
    from kura_udfs.stages import map
    from kura_udfs.warehouse.stage import Stage

    fitted, embeddings = dbt.ref("int_kura__cluster_fit"), dbt.ref("int_kura__embeddings")
    points = dbt.ref("int_kura__distinct_texts").join(embeddings, "text_hash").join(fitted, "text_hash")
    settings = read_settings(MapSettings, dbt.config.get("meta"))
    with Stage(dbt, session, "map", dbt.ref("kura_run_log")) as stage:
        rows = map.place(stage, settings, points, fitted, embeddings)
    return stage.output(rows)
