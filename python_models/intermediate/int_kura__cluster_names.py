def model(dbt, session):
    from kura_udfs.settings import NameSettings, read_settings
    from kura_udfs.stages import cluster_names
    from kura_udfs.warehouse.stage import Stage

    fitted = dbt.ref("int_kura__cluster_fit")
    points = dbt.ref("int_kura__distinct_texts").join(dbt.ref("int_kura__embeddings"), "text_hash").join(fitted, "text_hash")
    responses, paid = dbt.ref("kura_llm_responses"), dbt.ref("kura_embedding_responses")
    settings = read_settings(NameSettings, dbt.config.get("meta"))
    with Stage(dbt, session, "names", dbt.ref("kura_run_log")) as stage:
        rows = cluster_names.name(stage, settings, points, fitted, responses, paid)
    return stage.output(rows)
