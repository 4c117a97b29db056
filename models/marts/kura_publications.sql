{#-
  The notes come after the transaction, as a lake and the file beside it can't be written in the same one. dbt-snowflake has no such
  moment, and leaves out hooks that are for it.
-#}
{{ config(
    full_refresh=false,
    pre_hook="{{ kura.publish_results() }}",
    post_hook=[
        {
            "sql": "{{ kura.note_history(ref('int_kura__cluster_names'), ref('kura_run_log')) }}",
            "transaction": target.type == 'snowflake'
        },
        {
            "sql": "{{ kura.note_gone(ref('int_kura__steadiness'), ref('kura_run_log')) }}",
            "transaction": target.type == 'snowflake'
        }
    ]
) }}

-- with this row readers get all that the run has worked out
{% for result in [
    'stg_kura__rejected_messages',
    'int_kura__cluster_ancestors',
    'int_kura__cluster_profiles',
    'int_kura__conversation_attributes',
    'int_kura__conversation_clusters',
    'int_kura__conversations',
    'int_kura__runs'
] -%}
-- depends_on: {{ ref(result) }}
{% endfor %}
{%- for table in kura.tables_of_parts() -%}
-- depends_on: {{ ref('int_kura__' ~ table) }}
{% endfor %}
{%- if kura.is_curated() -%}
-- depends_on: {{ ref('int_kura__curation') }}, whose test may be an error, or else what an edit that is left out has hidden would be read
{% endif %}
select
    cast('{{ invocation_id }}' as {{ dbt.type_string() }}) as run_id,
    cast({{ kura.now() }} as datetime) as published_at
{%- if kura.is_trial() %}
where false
{%- endif %}
