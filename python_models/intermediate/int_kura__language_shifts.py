def model(dbt, session):
    from kura_udfs.settings import LensSettings, read_settings
    from kura_udfs.stages import language_shifts
    from kura_udfs.warehouse.stage import in_lenses

    points = dbt.ref("int_kura__distinct_texts"), dbt.ref("int_kura__embeddings"), dbt.ref("int_kura__cluster_fit")
    lenses, log = read_settings(LensSettings, dbt.config.get("meta")).each(), dbt.ref("kura_run_log")
    return in_lenses(dbt, session, "languages", log, lenses, lambda stage: language_shifts.shifts(stage, *points))
