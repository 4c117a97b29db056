{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='run_id',
    on_schema_change='append_new_columns',
    full_refresh=false
) }}

{%- if kura.is_curated() %}

-- depends_on: {{ ref('int_kura__curation') }}, which writes down what it did, too
{%- endif %}

with log as (

    select * from {{ ref('kura_run_log') }}

),

messages as (

    select * from {{ ref('base_kura__messages') }}

),

conversations as (

    select * from {{ ref('int_kura__conversations') }}

),

clusters as (

    select
        *,
        count(*) over (partition by parent_cluster_id) as sibling_count
    from {{ ref('int_kura__clusters') }}

),

steadiness as (

    select * from {{ ref('int_kura__steadiness') }}

),

-- this run, and earlier ones that spent something or decided something but stopped before they came here
runs as (

    select
        run_id,
        min(recorded_at) as started_at,
        {{ kura.json_text(kura.parsed_json('max(figures)'), 'provider') }} as provider,
        run_id = '{{ invocation_id }}' as is_this_run
    from log
    where
        stage = 'run'
        and (run_id = '{{ invocation_id }}' or {{ 'run_id not in (select run_id from ' ~ this ~ ')' if is_incremental() else true }})
    group by run_id

),

-- a stage writes what it has spent since its last row, and the rest in its last one
python_stages as (

    select
        log.run_id,
        log.stage,
        log.lens,
        max(log.recorded_at) as recorded_at,
        max(log.rows_in) as rows_in,
        max(log.rows_new) as rows_new,
        max(log.rows_reused) as rows_reused,
        max(log.rows_deleted) as rows_deleted,
        max(log.rows_failed) as rows_failed,
        cast(sum(log.calls) as bigint) as calls,
        cast(sum(log.retries) as bigint) as retries,
        cast(sum(log.input_tokens) as bigint) as input_tokens,
        cast(sum(log.output_tokens) as bigint) as output_tokens,
        sum(log.cost_usd) as cost_usd,
        max(log.seconds) as seconds,
        max(log.figures) as figures,
        -- what readers get is of this fit, also where a run before has made it, which `dbt retry` goes on with
        log.stage = 'fit' and row_number() over (partition by log.stage, log.lens order by max(runs.started_at) desc) = 1 as is_last_fit
    from log
    inner join runs on log.run_id = runs.run_id
    where log.stage not in ('run', 'end', 'history', 'gone', 'asking')
    group by log.run_id, log.stage, log.lens

),

-- all stages together; a conversation is new when its summary is
wholes as (

    select
        runs.run_id,
        runs.started_at,
        runs.is_this_run,
        max(stages.recorded_at) as recorded_at,
        coalesce(max(case when stages.stage = 'summaries' then stages.rows_new end), 0) as rows_new,
        coalesce(max(case when stages.stage = 'summaries' then stages.rows_reused end), 0) as rows_reused,
        coalesce(max(case when stages.stage = 'summaries' then stages.rows_deleted end), 0) as rows_deleted,
        cast(coalesce(sum(stages.calls), 0) as bigint) as calls,
        cast(coalesce(sum(stages.retries), 0) as bigint) as retries,
        cast(coalesce(sum(stages.input_tokens), 0) as bigint) as input_tokens,
        cast(coalesce(sum(stages.output_tokens), 0) as bigint) as output_tokens,
        coalesce(sum(stages.cost_usd), 0) as cost_usd,
        coalesce(sum(stages.seconds), 0) as seconds_of_stages
    from runs
    left join python_stages as stages on runs.run_id = stages.run_id
    group by runs.run_id, runs.started_at, runs.is_this_run
    having runs.is_this_run or count(stages.stage) > 0

),

message_counts as (

    select
        count(*) as message_count,
        count(case when rejection_reason is null then 1 end) as used_count,
        avg(case when {{ kura.is_used_or_lost() }} then case when rejection_reason is null then 0.0 else 1.0 end end) as rejected_share,
        count(case when has_unread_time then 1 end) as unread_times
    from messages

),

conversation_counts as (

    select
        count(*) as conversation_count,
        count(case when status = 'failed' then 1 end) as failed_count
    from conversations

),

cluster_counts as (

    select
        lens,
        coalesce(max(case when is_outliers then share end), 0) as outlier_share,
        max(case when {{ kura.is_topmost() }} and not is_outliers and not is_unprocessed then share end) as largest_cluster_share,
        count(
            case when parent_cluster_id is not null and sibling_count = 1 and not coalesce(is_in_taxonomy, false) then 1 end
        ) as single_child_parents
    from clusters
    group by lens

),

stages as (

    select
        runs.run_id,
        'messages' as stage,
        cast(null as {{ dbt.type_string() }}) as lens,
        message_counts.message_count as rows_in,
        message_counts.used_count as rows_out,
        message_counts.message_count as rows_new,
        0 as rows_reused,
        0 as rows_deleted,
        message_counts.message_count - message_counts.used_count as rows_failed,
        cast(0 as bigint) as calls,
        cast(0 as bigint) as retries,
        cast(0 as bigint) as input_tokens,
        cast(0 as bigint) as output_tokens,
        cast(0 as double) as cost_usd,
        cast(null as double) as seconds,
        cast(null as {{ dbt.type_string() }}) as figures,
        false as is_last_fit
    from runs
    cross join message_counts
    where runs.is_this_run

    union all

    select
        run_id,
        stage,
        lens,
        rows_in,
        rows_in - rows_failed as rows_out,
        rows_new,
        rows_reused,
        rows_deleted,
        rows_failed,
        calls,
        retries,
        input_tokens,
        output_tokens,
        cost_usd,
        seconds,
        figures,
        is_last_fit
    from python_stages

    union all

    select
        wholes.run_id,
        'run' as stage,
        cast(null as {{ dbt.type_string() }}) as lens,
        case when wholes.is_this_run then conversation_counts.conversation_count end as rows_in,
        case when wholes.is_this_run then conversation_counts.conversation_count - conversation_counts.failed_count end as rows_out,
        wholes.rows_new,
        wholes.rows_reused,
        wholes.rows_deleted,
        case when wholes.is_this_run then conversation_counts.failed_count end as rows_failed,
        wholes.calls,
        wholes.retries,
        wholes.input_tokens,
        wholes.output_tokens,
        wholes.cost_usd,
        -- a clock that was put back says less than the stages, which don't look at it
        greatest({{ kura.seconds_between(
            'wholes.started_at', 'case when wholes.is_this_run then ' ~ kura.now() ~ ' else wholes.recorded_at end'
        ) }}, wholes.seconds_of_stages) as seconds,
        cast(null as {{ dbt.type_string() }}) as figures,
        false as is_last_fit
    from wholes
    cross join conversation_counts

),

final as (

    select
        stages.run_id,
        stages.stage,
        stages.lens,
        runs.started_at,
        coalesce(runs.provider, '{{ var("kura_provider") }}') as provider,
        stages.rows_in,
        stages.rows_out,
        stages.rows_new,
        stages.rows_reused,
        coalesce(stages.rows_deleted, 0) as rows_deleted,
        stages.rows_failed,
        stages.calls,
        stages.retries,
        stages.input_tokens,
        stages.output_tokens,
        stages.cost_usd,
        stages.seconds,
        {%- for figure in ['embedder', 'embedder_reason', 'decision'] %}
        {{ kura.json_text(kura.parsed_json('stages.figures'), figure) }} as {{ figure }},
        {%- endfor %}
        {%- for figure in ['growth', 'new_outlier_share', 'new_distance_ratio', 'silhouette', 'taxonomy_share'] %}
        {{ kura.json_number('stages.figures', figure) }} as {{ figure }},
        {%- endfor %}
        {%- for share in ['kept_leaf_share', 'kept_topic_share', 'untold_share'] %}
        case
            when stages.is_last_fit and stages.lens = '{{ kura.first_lens() }}'
                then cast(steadiness.{{ share }} as double)
        end as {{ share }},
        {%- endfor %}
        cast(case when stages.stage = 'messages' then message_counts.rejected_share end as double) as rejected_share,
        case when stages.stage = 'messages' then message_counts.unread_times end as unread_times,
        case when stages.is_last_fit then cluster_counts.outlier_share end as outlier_share,
        case when stages.is_last_fit then cluster_counts.largest_cluster_share end as largest_cluster_share,
        case when stages.is_last_fit then cluster_counts.single_child_parents end as single_child_parents
    from stages
    inner join runs on stages.run_id = runs.run_id
    cross join message_counts
    cross join conversation_counts
    left join cluster_counts on stages.lens = cluster_counts.lens
    cross join steadiness

)

select * from final
