def model(dbt, session):
    from kura_udfs.stages import summaries
    from kura_udfs.warehouse.stage import Stage

    dbt.ref("kura_run_log"), dbt.ref("kura_llm_responses"), dbt.ref("kura_llm_batches")
    with Stage(dbt, session, "summaries", dbt.config.get("meta")) as stage:
        table = summaries.summarise(stage, dbt.ref("int_kura__transcripts"))
    return stage.output(table)
