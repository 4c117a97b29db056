def model(dbt, session):
    from kura_udfs.stages import cluster_fit
    from kura_udfs.warehouse.stage import Stage

    points = dbt.ref("int_kura__texts").filter("is_sampled").join(dbt.ref("int_kura__embeddings"), "text_hash")
    with Stage(dbt, session, "fit", dbt.config.get("meta")) as stage:
        table = cluster_fit.fit(stage, points)
    return stage.output(table)
