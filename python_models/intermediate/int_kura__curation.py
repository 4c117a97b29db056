def model(dbt, session):
    from kura_udfs.stages import curation
    from kura_udfs.warehouse.stage import Stage

    edits, names = dbt.ref("stg_kura__edits"), dbt.ref("int_kura__cluster_names")
    history = dbt.ref("kura_cluster_history")
    with Stage(dbt, session, "curation", dbt.ref("kura_run_log")) as stage:
        rows = curation.judge(stage, edits, names, history)
    return stage.output(rows)
