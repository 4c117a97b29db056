def model(dbt, session):
    from kura_udfs.settings import EmbeddingSettings, read_settings
    from kura_udfs.stages import embeddings
    from kura_udfs.warehouse.stage import Stage

    texts, paid = dbt.ref("int_kura__conversation_texts"), dbt.ref("kura_embedding_responses")
    settings = read_settings(EmbeddingSettings, dbt.config.get("meta"))
    with Stage(dbt, session, "embeddings", dbt.ref("kura_run_log")) as stage:
        rows = embeddings.embed(stage, settings, texts, paid)
    return stage.output(rows)
