def model(dbt, session):
    from kura_udfs.settings import SummarySettings, read_settings
    from kura_udfs.stages import summaries
    from kura_udfs.warehouse.stage import Stage

    dbt.ref("stg_kura__taxonomy")  # what is wrong with it is said before anything is paid for
    transcripts = dbt.ref("int_kura__transcripts")
    responses, batches = dbt.ref("kura_llm_responses"), dbt.ref("kura_llm_batches")
    settings = read_settings(SummarySettings, dbt.config.get("meta"))
    with Stage(dbt, session, "summaries", dbt.ref("kura_run_log")) as stage:
        rows = summaries.summarise(stage, settings, transcripts, responses, batches)
    return stage.output(rows)
