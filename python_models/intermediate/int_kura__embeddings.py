def model(dbt, session):
    from kura_udfs.stages import embeddings
    from kura_udfs.warehouse.stage import Stage

    dbt.ref("kura_run_log"), dbt.ref("kura_embedding_responses")
    with Stage(dbt, session, "embeddings", dbt.config.get("meta")) as stage:
        table = embeddings.embed(stage, dbt.ref("int_kura__cluster_texts"))
    return stage.output(table)
