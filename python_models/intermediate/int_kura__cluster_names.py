def model(dbt, session):
    from kura_udfs.settings import LensSettings, NameSettings, read_settings
    from kura_udfs.stages import cluster_names, taxonomy
    from kura_udfs.stages.desk import asking_in_lenses

    points = dbt.ref("int_kura__distinct_texts"), dbt.ref("int_kura__embeddings"), dbt.ref("int_kura__cluster_fit")
    topics = dbt.ref("stg_kura__taxonomy")
    responses, paid = dbt.ref("kura_llm_responses"), dbt.ref("kura_embedding_responses")
    edits = dbt.ref("stg_kura__edits")
    settings, lenses = (read_settings(kind, dbt.config.get("meta")) for kind in (NameSettings, LensSettings))

    def make(stage):
        return cluster_names.name(
            stage, settings, points, responses, paid, edits, taxonomy.read_taxonomy(stage, topics)
        )

    return asking_in_lenses(dbt, session, "names", dbt.ref("kura_run_log"), lenses.each(), make)
