def model(dbt, session):
    from kura_udfs.stages import cluster_names
    from kura_udfs.warehouse import Stage

    points = dbt.ref("int_kura__fit_points").join(dbt.ref("int_kura__embeddings"), "text_hash")
    with Stage(dbt, session, "names", dbt.config.get("meta")) as stage:
        table = cluster_names.name(stage, points, dbt.ref("int_kura__cluster_fit"), dbt.ref("int_kura__cluster_tree"))
    return stage.output(table)
