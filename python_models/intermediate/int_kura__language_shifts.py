def model(dbt, session):
    from kura_udfs.stages import language_shifts
    from kura_udfs.warehouse.stage import Stage

    fitted, embeddings = dbt.ref("int_kura__cluster_fit"), dbt.ref("int_kura__embeddings")
    points = dbt.ref("int_kura__distinct_texts").join(embeddings, "text_hash").join(fitted, "text_hash")
    with Stage(dbt, session, "languages", dbt.ref("kura_run_log")) as stage:
        rows = language_shifts.shifts(stage, points, fitted)
    return stage.output(rows)
