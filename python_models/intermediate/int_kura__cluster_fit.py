def model(dbt, session):
    from functools import partial

    from kura_udfs.settings import FitSettings, LensSettings, TaxonomySettings, read_settings
    from kura_udfs.stages import cluster_fit, taxonomy, taxonomy_check
    from kura_udfs.warehouse.stage import in_lenses

    texts = dbt.ref("int_kura__distinct_texts")
    points = texts.filter("is_sampled").join(dbt.ref("int_kura__embeddings"), "text_hash")
    edits, places = dbt.ref("stg_kura__edits"), dbt.ref("int_kura__last_places")
    topics, paid = dbt.ref("stg_kura__taxonomy"), dbt.ref("kura_embedding_responses")
    responses = dbt.ref("kura_llm_responses")
    kinds = FitSettings, LensSettings, TaxonomySettings
    settings, lenses, embedding = (read_settings(kind, dbt.config.get("meta")) for kind in kinds)

    def make(stage):
        encoder = partial(taxonomy.encoder_of, stage, embedding, points, paid)
        given = taxonomy.read_taxonomy(stage, topics)
        check = taxonomy_check.check_by_model(stage, embedding.model, given, responses)
        return cluster_fit.fit(stage, settings, texts, points, edits, given, encoder, check, places)

    return in_lenses(dbt, session, "fit", dbt.ref("kura_run_log"), lenses.each(), make)
