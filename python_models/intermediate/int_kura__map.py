def model(dbt, session):
    from kura_udfs.stages import map as positions
    from kura_udfs.warehouse.stage import Stage

    fitted, embeddings = dbt.ref("int_kura__cluster_fit"), dbt.ref("int_kura__embeddings")
    points = dbt.ref("int_kura__texts").join(embeddings, "text_hash").join(fitted, "text_hash")
    with Stage(dbt, session, "map", dbt.config.get("meta")) as stage:
        table = positions.place(stage, points, fitted, embeddings)
    return stage.output(table)
