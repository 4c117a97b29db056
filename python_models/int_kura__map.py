def model(dbt, session):
    from kura_udfs.stages import positions
    from kura_udfs.warehouse import Stage

    embeddings = dbt.ref("int_kura__embeddings")
    points = dbt.ref("int_kura__fit_points").join(embeddings, "text_hash")
    with Stage(dbt, session, "map", dbt.config.get("meta")) as stage:
        table = positions.place(stage, points, dbt.ref("int_kura__cluster_fit"), embeddings)
    return stage.output(table)
