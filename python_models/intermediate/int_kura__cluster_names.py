def model(dbt, session):
    from kura_udfs.stages import cluster_names
    from kura_udfs.warehouse.stage import Stage

    fitted = dbt.ref("int_kura__cluster_fit")
    points = dbt.ref("int_kura__texts").join(dbt.ref("int_kura__embeddings"), "text_hash").join(fitted, "text_hash")
    with Stage(dbt, session, "names", dbt.config.get("meta")) as stage:
        table = cluster_names.name(stage, points, fitted)
    return stage.output(table)
