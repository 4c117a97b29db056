with conversations as (

    select * from {{ ref('int_kura__conversations') }}

),

attributes as (

    select * from {{ ref('stg_kura__attributes') }}

),

transcripts as (

    select * from {{ ref('int_kura__transcripts') }}

),

summaries as (

    select * from {{ ref('int_kura__summaries') }}

),

places as (

    select * from {{ ref('int_kura__published_places') }}
    where lens = '{{ kura.first_lens() }}'

),

pivoted as (

    {{ kura.pivot_attributes('attributes', ref('stg_kura__attributes')) }}

),

-- without columns of one's own nothing is taken from the last two
final as (

    select
        conversations.conversation_id,
        {%- for name in kura.passthrough_names() %}
        pivoted.{{ name }},
        {%- endfor %}
        {%- for facet in var('kura_facets') %}
        summaries.{{ facet.name }},
        {%- endfor %}
        conversations.cluster_id
    from conversations
    inner join transcripts using (conversation_id)
    inner join places using (conversation_id)
    left join pivoted -- noqa: ST11
        on conversations.conversation_id = pivoted.conversation_id and not places.is_hidden
    left join summaries -- noqa: ST11
        on transcripts.content_hash = summaries.content_hash and not transcripts.is_empty and not places.is_hidden

)

select * from final
