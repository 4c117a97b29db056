{#-
  What is nearest to some words: `k` clusters and `k` conversations, by the vectors of the build. A query to select from, or with
  `dbt run-operation kura_search --args '{words: where is my parcel}'` a table to read.

      select * from ({{ kura.kura_search('where is my parcel', 5) }}) as found
-#}
{% macro kura_search(words, k=10) %}
  {% if flags.WHICH == 'run-operation' and execute %}
    {% do run_query(kura.search_query(words, k)).print_table(max_rows=none, max_columns=none, max_column_width=80) %}
  {% else %}
    {{ return(kura.search_query(words, k)) }}
  {% endif %}
{% endmacro %}

{#-
  Both sides are moved by the shift of their language, as before a fit (`int_kura__language_shifts`), by products alone, as not
  every warehouse adds vectors. Only what readers get a text of is found: where a conversation is, or that there is one, tells as
  much as its text would.
-#}
{% macro search_query(words, k) %}
{%- do kura.check_one_run_is_searched() -%}
{%- set clusters, conversations = ref('dim_kura__clusters'), ref('fct_kura__conversations') -%}
with asked as (

    select {{ kura.redacted(kura.quoted(words)) }} as words

),

encoded as (

    select
        {{ kura.query_vector('words') }} as vector,
        {{ kura.query_language('words') }} as language
    from asked

),

shifts as (

    select * from {{ ref('int_kura__language_shifts') }}
    where lens = '{{ kura.first_lens() }}'

),

question as (

    select
        encoded.vector,
        shifts.shift,
        nullif(sqrt(
            {{ kura.inner_product('encoded.vector', 'encoded.vector') }} + coalesce(
                2 * {{ kura.inner_product('encoded.vector', 'shifts.shift') }} + shifts.length * shifts.length, 0
            )
        ), 0) as length
    from encoded
    left join shifts on encoded.language = shifts.language

),

-- how much nearer to the question a text of a language is moved
pulls as (

    select
        shifts.language,
        shifts.shift,
        shifts.length,
        {{ kura.inner_product('shifts.shift', 'question.vector') }}
        + coalesce({{ kura.inner_product('shifts.shift', 'question.shift') }}, 0) as pull
    from shifts
    cross join question

),

vectors as (

    select
        distinct_texts.text_hash,
        distinct_texts.language,
        embeddings.embedding,
        nullif(sqrt({{ kura.inner_product('embeddings.embedding', 'embeddings.embedding') }}), 0) as norm
    from {{ ref('int_kura__embeddings') }} as embeddings
    inner join {{ ref('int_kura__distinct_texts') }} as distinct_texts on embeddings.text_hash = distinct_texts.text_hash
    where distinct_texts.lens = '{{ kura.first_lens() }}'

),

texts as (

    select
        vectors.text_hash,
        (
            (
                {{ kura.inner_product('vectors.embedding', 'question.vector') }}
                + coalesce({{ kura.inner_product('vectors.embedding', 'question.shift') }}, 0)
            ) / vectors.norm + coalesce(pulls.pull, 0)
        ) / question.length / sqrt(1 + coalesce(
            2 * {{ kura.inner_product('vectors.embedding', 'pulls.shift') }} / vectors.norm + pulls.length * pulls.length, 0
        )) as similarity
    from vectors
    cross join question
    left join pulls on vectors.language = pulls.language

),

near_clusters as (

    select
        clusters.cluster_id,
        clusters.path,
        clusters.description as about,
        (
            {{ kura.inner_product('names.centroid', 'question.vector') }}
            + coalesce({{ kura.inner_product('names.centroid', 'question.shift') }}, 0)
        ) / question.length as similarity
    from {{ clusters }} as clusters
    inner join {{ ref('int_kura__cluster_names') }} as names on clusters.cluster_id = names.cluster_id
    cross join question
    where
        not clusters.is_suppressed
        and coalesce(clusters.audit_verdict, '') <> 'failed'
        and clusters.lens = '{{ kura.first_lens() }}'

),

ranked_clusters as (

    select
        *,
        row_number() over (order by similarity desc, cluster_id) as search_rank
    from near_clusters
    where similarity is not null

),
{% if not kura.publishes_aggregates() %}
near_conversations as (

    select
        conversations.cluster_id,
        conversations.conversation_id,
        clusters.path,
        coalesce(conversations.summary, conversations.extract) as about,
        texts.similarity
    from {{ conversations }} as conversations
    inner join {{ ref('int_kura__assignments') }} as assignments
        on conversations.conversation_id = assignments.conversation_id and assignments.lens = '{{ kura.first_lens() }}'
    inner join texts on assignments.text_hash = texts.text_hash
    inner join {{ clusters }} as clusters on conversations.cluster_id = clusters.cluster_id
    where coalesce(conversations.summary, conversations.extract) is not null and not clusters.is_suppressed

),

ranked_conversations as (

    select
        *,
        row_number() over (order by similarity desc, conversation_id) as search_rank
    from near_conversations
    where similarity is not null

),
{% endif %}
final as (

    select
        'cluster' as kind,
        search_rank,
        cluster_id,
        cast(null as {{ dbt.type_string() }}) as conversation_id,
        path,
        about,
        similarity
    from ranked_clusters
    where search_rank <= {{ k | int }}
    {%- if not kura.publishes_aggregates() %}

    union all

    select
        'conversation' as kind,
        search_rank,
        cluster_id,
        conversation_id,
        path,
        about,
        similarity
    from ranked_conversations
    where search_rank <= {{ k | int }}
    {%- endif %}

)

select * from final
order by kind, search_rank
{%- endmacro %}

{#-
  Stops a search of vectors that are not those of the clusters which readers have, as `kura search` does
  (kura_udfs/commands/unseen.py): a run that stopped has changed what is internal alone.
-#}
{% macro check_one_run_is_searched() %}
  {% if execute and flags.WHICH in ['build', 'run', 'retry', 'show', 'run-operation'] and kura.works_on_all() %}
    {% set clusters, names = kura.built_relation('dim_kura__clusters'), kura.built_relation('int_kura__cluster_names') %}
    {% set texts, vectors = kura.built_relation('int_kura__distinct_texts'), kura.built_relation('int_kura__embeddings') %}
    {% if clusters and names and texts and vectors %}
      {% set counts %}
        with told as (

            select cluster_id from {{ clusters }}
            where not is_suppressed and not is_outliers and not is_unprocessed and lens = '{{ kura.first_lens() }}'

        )

        select
            (select count(*) from told) as n_told,
            (select count(*) from told where cluster_id not in (select cluster_id from {{ names }})) as n_nameless,
            (select count(*) from {{ texts }} where lens = '{{ kura.first_lens() }}') as n_texts,
            (select max({{ kura.vector_length('centroid') }}) from {{ names }}) as length_of_centres,
            (select max({{ kura.vector_length('embedding') }}) from {{ vectors }}) as length_of_vectors
      {% endset %}
      {% set n_told, n_nameless, n_texts, length_of_centres, length_of_vectors = run_query(counts).rows[0] %}
      {% if n_nameless or (n_told and not n_texts) or length_of_centres != length_of_vectors %}
        {% do exceptions.raise_compiler_error("kura_search: texts and vectors are of a run that stopped, or was a trial, and readers"
            ~ " have the clusters of one before it: `dbt build` brings them together.") %}
      {% endif %}
    {% endif %}
  {% endif %}
{% endmacro %}

{#- The vector of some words, by the encoder that made those of the build. -#}
{% macro query_vector(words) %}
  {{ return(adapter.dispatch('query_vector', 'kura')(words)) }}
{% endmacro %}

{#- What has learned from the texts (lsa) learns from them again. -#}
{% macro duckdb__query_vector(words) -%}
  {%- set settings = graph.nodes['model.kura.int_kura__embeddings'].config.meta if execute else {} -%}
  kura_query_vector(
            {{ words }},
            (select max(recipe) from {{ ref('int_kura__embeddings') }}),
            {{ kura.quoted(tojson(settings, sort_keys=true)) }},
            (
                select coalesce(list(cluster_text), [])
                from {{ ref('int_kura__distinct_texts') }}
                where (select max(recipe) from {{ ref('int_kura__embeddings') }}) like 'lsa-%'
            )
        )
{%- endmacro %}

{% macro snowflake__query_vector(words) -%}
  {%- set embedder = kura.deployed_encoder() -%}
  {%- set functions = {'minilm': ['kura_embed', 384], 'multilingual': ['kura_embed_multilingual', 512]} -%}
  {%- if embedder == 'cortex' -%}
    ai_embed({{ kura.quoted(var('kura_cortex_embedding_model')) }}, {{ kura.udf('kura_truncate') }}({{ words }}, 400))
  {%- elif embedder in functions -%}
    cast({{ kura.udf(functions[embedder][0]) }}({{ words }}) as vector(float, {{ functions[embedder][1] }}))
  {%- else -%}
    {% do exceptions.raise_compiler_error("kura_search: vectors of kura_embedder " ~ embedder ~ " are made in a procedure on Snowflake, and a query"
        ~ " can't ask for one. It can with minilm, multilingual or cortex.") %}
  {%- endif -%}
{%- endmacro %}

{#- The language of some words as the build tells it; null where it is not sure. -#}
{% macro query_language(words) %}
  {{ return(adapter.dispatch('query_language', 'kura')(words)) }}
{% endmacro %}

{% macro duckdb__query_language(words) %}{{ return('kura_language(' ~ words ~ ')') }}{% endmacro %}

{% macro snowflake__query_language(words) %}
  {% set told = kura.udf('kura_local_facets') ~ '(' ~ words ~ ', ' ~ words ~ ')' %}
  {{ return("split_part(cast(" ~ told ~ "['languages'] as varchar), ', ', 1)") }}
{% endmacro %}
