{{ config(
    materialized='incremental',
    unique_key=['run_id', 'stage'],
    on_schema_change='append_new_columns',
    full_refresh=false
) }}

with log as (

    select * from {{ ref('kura_run_log') }}

),

messages as (

    select * from {{ ref('base_kura__messages') }}

),

conversations as (

    select * from {{ ref('fct_kura__conversations') }}

),

clusters as (

    select
        *,
        count(*) over (partition by parent_cluster_id) as sibling_count
    from {{ ref('dim_kura__clusters') }}

),

this_run as (

    select
        run_id,
        recorded_at as started_at
    from log
    where stage = 'run'
    qualify row_number() over (order by recorded_at desc) = 1

),

python_stages as (

    select log.*
    from log
    inner join this_run on log.run_id = this_run.run_id
    where log.stage <> 'run'

),

-- all stages together; a conversation is new when its summary is
whole as (

    select
        coalesce(max(case when stage = 'summaries' then rows_new end), 0) as rows_new,
        coalesce(max(case when stage = 'summaries' then rows_reused end), 0) as rows_reused,
        coalesce(max(case when stage = 'summaries' then rows_deleted end), 0) as rows_deleted,
        cast(coalesce(sum(calls), 0) as bigint) as calls,
        cast(coalesce(sum(retries), 0) as bigint) as retries,
        cast(coalesce(sum(input_tokens), 0) as bigint) as input_tokens,
        cast(coalesce(sum(output_tokens), 0) as bigint) as output_tokens,
        coalesce(sum(cost_usd), 0) as cost_usd
    from python_stages

),

message_counts as (

    select
        avg(case when {{ kura.is_used_or_lost() }} then case when rejection_reason is null then 0.0 else 1.0 end end) as rejected_share,
        count(case when has_unread_time then 1 end) as unread_times
    from messages

),

conversation_counts as (

    select
        count(*) as conversation_count,
        count(case when status = 'failed' then 1 end) as failed_count,
        avg(cast(case when is_outlier then 1 else 0 end as double)) as outlier_share
    from conversations

),

cluster_counts as (

    select
        max(case when level = 0 and not is_outliers and not is_unprocessed then share end) as largest_cluster_share,
        count(case when parent_cluster_id is not null and sibling_count = 1 then 1 end) as single_child_parents
    from clusters

),

stages as (

    select
        'messages' as stage,
        count(*) as rows_in,
        count(case when rejection_reason is null then 1 end) as rows_out,
        count(*) as rows_new,
        0 as rows_reused,
        0 as rows_deleted,
        count(case when rejection_reason is not null then 1 end) as rows_failed,
        cast(0 as bigint) as calls,
        cast(0 as bigint) as retries,
        cast(0 as bigint) as input_tokens,
        cast(0 as bigint) as output_tokens,
        cast(0 as double) as cost_usd,
        cast(null as double) as seconds,
        cast(null as {{ dbt.type_string() }}) as figures
    from messages

    union all

    select
        stage,
        rows_in,
        rows_in - rows_failed as rows_out,
        rows_new,
        rows_reused,
        coalesce(rows_deleted, 0) as rows_deleted,
        rows_failed,
        calls,
        retries,
        input_tokens,
        output_tokens,
        cost_usd,
        seconds,
        figures
    from python_stages

    union all

    select
        'run' as stage,
        conversation_counts.conversation_count as rows_in,
        conversation_counts.conversation_count - conversation_counts.failed_count as rows_out,
        whole.rows_new,
        whole.rows_reused,
        whole.rows_deleted,
        conversation_counts.failed_count as rows_failed,
        whole.calls,
        whole.retries,
        whole.input_tokens,
        whole.output_tokens,
        whole.cost_usd,
        {{ kura.seconds_between('this_run.started_at', kura.now()) }} as seconds,
        cast(null as {{ dbt.type_string() }}) as figures
    from conversation_counts
    cross join this_run
    cross join whole

),

final as (

    select
        this_run.run_id,
        stages.stage,
        this_run.started_at,
        '{{ var("kura_provider") }}' as provider,
        stages.rows_in,
        stages.rows_out,
        stages.rows_new,
        stages.rows_reused,
        stages.rows_deleted,
        stages.rows_failed,
        stages.calls,
        stages.retries,
        stages.input_tokens,
        stages.output_tokens,
        stages.cost_usd,
        stages.seconds,
        {{ kura.json_text(kura.parsed_json('stages.figures'), 'decision') }} as decision,
        {%- for figure in ['growth', 'new_outlier_share', 'new_distance_ratio', 'changed_share', 'silhouette'] %}
        {{ kura.json_number('stages.figures', figure) }} as {{ figure }},
        {%- endfor %}
        cast(case when stages.stage = 'messages' then message_counts.rejected_share end as double) as rejected_share,
        case when stages.stage = 'messages' then message_counts.unread_times end as unread_times,
        case when stages.stage = 'fit' then conversation_counts.outlier_share end as outlier_share,
        case when stages.stage = 'fit' then cluster_counts.largest_cluster_share end as largest_cluster_share,
        case when stages.stage = 'fit' then cluster_counts.single_child_parents end as single_child_parents
    from stages
    cross join this_run
    cross join message_counts
    cross join conversation_counts
    cross join cluster_counts

)

select * from final
