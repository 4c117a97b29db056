def model(dbt, session):
    from kura_udfs.stages import cluster_tree
    from kura_udfs.warehouse import Stage

    points = dbt.ref("int_kura__fit_points").join(dbt.ref("int_kura__embeddings"), "text_hash")
    with Stage(dbt, session, "tree", dbt.config.get("meta")) as stage:
        table = cluster_tree.build(stage, points, dbt.ref("int_kura__cluster_fit"))
    return stage.output(table)
