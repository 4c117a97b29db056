"""Makes a published database out of nothing, as large as wanted, with every facet filled.

python -m tests.support.synthetic /path/to/published.duckdb --conversations 100000
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

TOPICS = ["Orders", "Payments", "Account", "App", "Delivery", "Returns", "Warranty", "Stock", "Travel", "Feedback"]
MATTERS = ["late", "wrong amount", "how to", "broken", "missing", "cancel", "change", "question before buying"]


def make(path: Path, conversations: int = 2_000, seed: int = 0) -> None:
    """Write the public tables of a made-up build to a new DuckDB file, in the schema `kura`."""
    path.unlink(missing_ok=True)
    nodes, leaves = _nodes(seed)
    rows = _conversations(conversations, leaves, seed)  # read by DuckDB under this name
    with duckdb.connect(str(path), config={"storage_compatibility_version": "v1.4.0"}) as connection:
        connection.execute("create schema kura; use kura")
        connection.execute("create temp table nodes as select * from nodes")
        # pandas leaves it open what a column of mere nulls, or of numbers and nulls, is
        connection.execute(
            "create table fct_kura__conversations as select * replace ("
            " assistant_errors::varchar as assistant_errors, error::varchar as error, summary::varchar as summary,"
            " request::varchar as request, task::varchar as task, topic::varchar as topic,"
            " languages::varchar as languages, concerning_score::bigint as concerning_score,"
            " user_frustration::bigint as user_frustration, started_at::timestamp as started_at,"
            " ended_at::timestamp as ended_at), started_at::date as started_on,"
            " user_frustration >= 4 as is_frustrated, concerning_score >= 3 as is_concerning,"
            " case when turn_count <= 2 then 'one exchange' when turn_count <= 6 then 'short' else 'long' end"
            " as conversation_length,"
            " case when user_frustration >= 4 then 'unresolved' when user_frustration = 3 then 'partly' when user_frustration < 3 then 'resolved' end"
            " as outcome, case when user_frustration >= 4 then 'A wait for an answer' when user_frustration = 3 then 'A wrong price' end as issue,"
            " case when user_frustration >= 4 then 'product' when user_frustration = 3 then 'assistant' end as issue_side,"
            " case when user_frustration >= 4 then 'This does not help me.' end as outcome_evidence, null::varchar as extract, null::varchar as transcript,"
            " null::varchar as conversation_url from rows"
        )
        connection.execute(
            "create table fct_kura__conversation_attributes as select conversation_id, cluster_id, segment from fct_kura__conversations;"
            " alter table fct_kura__conversations drop segment"
        )
        connection.execute(TABLES)
    del nodes, rows


def _nodes(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(seed)
    nodes = []
    for topic_number, topic in enumerate(TOPICS):
        angle = 2 * np.pi * topic_number / len(TOPICS)
        middle = np.array([np.cos(angle), np.sin(angle)]) * 9
        nodes.append((f"t{topic_number}", None, topic, 0, False, *middle))
        for matter_number, matter in enumerate(MATTERS):
            place = middle + random.normal(0, 2, 2)
            nodes.append(
                (f"t{topic_number}m{matter_number}", f"t{topic_number}", f"{topic}: {matter}", 1, True, *place)
            )
    nodes += [
        ("outliers", None, "Outliers", 0, True, 0, 0),
        ("unprocessed", None, "Unprocessed", 0, True, np.nan, np.nan),
    ]
    table = pd.DataFrame(nodes, columns=["cluster_id", "parent_cluster_id", "name", "level", "is_leaf", "x", "y"])
    return table, table[table["is_leaf"] & ~table["cluster_id"].isin(["outliers", "unprocessed"])]


def _conversations(number: int, leaves: pd.DataFrame, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed + 1)
    weights = 1 / np.arange(1, len(leaves) + 1) ** 0.6
    leaf = random.choice(len(leaves), number, p=random.permutation(weights) / weights.sum())
    is_outlier = random.random(number) < 0.02
    is_failed = random.random(number) < 0.003
    place = leaves[["x", "y"]].to_numpy()[leaf] + random.normal(0, 0.45, (number, 2))
    place[is_outlier] = random.uniform(-13, 13, (is_outlier.sum(), 2))
    # the fifth topic grows, the tenth begins late
    day = random.integers(0, 182, number)
    day = np.where(leaf // len(MATTERS) == 4, 182 - (day * random.random(number)).astype(int) - 1, day)
    day = np.where(leaf // len(MATTERS) == 9, 168 + day % 14, day)
    cluster = leaves["cluster_id"].to_numpy()[leaf].astype(object)
    cluster[is_outlier], cluster[is_failed] = "outliers", "unprocessed"
    name = leaves["name"].to_numpy()[leaf]
    number_of_id = np.arange(number)
    rows = pd.DataFrame(
        {
            "conversation_id": [f"c{i:07d}" for i in number_of_id],
            "user_id": [f"user-{i}" for i in random.integers(0, max(number // 3, 1), number)],
            "cluster_id": cluster,
            "summary": [f"The user writes about {text.lower()}, case {i}." for i, text in zip(number_of_id, name, strict=True)],
            "request": [f"Help with {text.lower()}" for text in name],
            "task": "answer the question",
            "topic": [text.split(":")[0].lower() for text in name],
            "languages": random.choice(["english", "german", "english, python", "spanish", "french"], number, p=[0.6, 0.15, 0.05, 0.1, 0.1]),
            "assistant_errors": None,
            "segment": random.choice(["free", "team", "enterprise"], number, p=[0.7, 0.2, 0.1]),
            "concerning_score": random.choice([1, 2, 3, 4, 5], number, p=[0.9, 0.05, 0.03, 0.015, 0.005]),
            "user_frustration": np.clip(1 + random.poisson(0.4 + 1.4 * (leaf % len(MATTERS) < 2), number), 1, 5),
            "turn_count": 1 + random.poisson(4, number),
            "user_turn_count": 1 + random.poisson(2, number),
            "token_count": 50 + random.poisson(300, number),
            "cluster_distance": np.where(is_outlier | is_failed, np.nan, random.random(number)),
            "x": np.where(is_failed, np.nan, place[:, 0]),
            "y": np.where(is_failed, np.nan, place[:, 1]),
            "status": np.where(is_failed, "failed", "ok"),
            "error": ["refused" if failed else None for failed in is_failed],
            "is_outlier": is_outlier & ~is_failed,
            "model": "made-up",
            "input_tokens": 400,
            "output_tokens": 80,
            "cost_usd": 0.0002,
            "started_at": pd.Timestamp("2026-01-05") + pd.to_timedelta(day * 86_400 + random.integers(0, 86_400, number), "s"),
        }
    )  # fmt: skip
    for name_of_facet in ("summary", "request", "task", "topic", "languages", "user_frustration", "concerning_score"):
        rows[name_of_facet] = rows[name_of_facet].astype(object).where(~is_failed, None)
    rows["started_at"] = rows["started_at"].astype("datetime64[us]")
    return rows.assign(ended_at=rows["started_at"] + pd.Timedelta(minutes=7))


TABLES = """
create table bridge_kura__cluster_ancestors as
    select 'conversation' as lens, cluster_id as ancestor_cluster_id, cluster_id as descendant_cluster_id, 0 as distance from nodes
    union all
    select 'conversation', parent_cluster_id, cluster_id, 1 from nodes where parent_cluster_id is not null;

create table dim_kura__clusters as
with counted as (
    select
        b.ancestor_cluster_id as cluster_id, count(*) as conversation_count, count(distinct f.user_id) as user_count,
        avg((f.outcome = 'resolved')::int) as resolved_share, avg(f.is_frustrated::int) as frustrated_share,
        count(*) filter (f.outcome = 'unresolved') / 26.0 as opportunity, avg(f.x) as x, avg(f.y) as y, min(f.started_at) as first_seen_at, max(f.started_at) as last_seen_at
    from fct_kura__conversations as f
    inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id
    group by 1
)
select
    'conversation' as lens, n.cluster_id, n.parent_cluster_id, coalesce(n.parent_cluster_id, n.cluster_id) as root_cluster_id,
    n.name, 'Conversations about ' || lower(n.name) || '.' as description,
    regexp_replace(lower(n.name), '[^a-z]+', '_', 'g') as slug, 'passed' as audit_verdict, 5::bigint as audit_score,
    coalesce(p.name || ' > ', '') || n.name as path,
    coalesce(p.name, n.name) as level_0_name, n.name as level_1_name, n.name as level_2_name, n.name as level_3_name,
    n.level::integer as level, coalesce(c.conversation_count, 0) as conversation_count, c.user_count,
    coalesce(c.conversation_count, 0) / (select count(*) from fct_kura__conversations) as share,
    c.resolved_share, c.frustrated_share, c.opportunity, c.x, c.y, row_number() over (order by n.cluster_id in ('outliers', 'unprocessed'), n.cluster_id) as sort_order,
    n.is_leaf, n.cluster_id = 'outliers' as is_outliers, n.cluster_id = 'unprocessed' as is_unprocessed,
    false as is_suppressed, c.first_seen_at, c.last_seen_at
from nodes as n
left join nodes as p on n.parent_cluster_id = p.cluster_id
left join counted as c on n.cluster_id = c.cluster_id;

-- another lens, of two topics, in which not everybody has a place
insert into dim_kura__clusters by name
select
    'issue' as lens, 'i' || n as cluster_id, 'i' || n as root_cluster_id, name, name || '.' as description, lower(name) as slug,
    name as path, name as level_0_name, name as level_1_name, name as level_2_name, name as level_3_name, 0 as level,
    conversation_count, conversation_count as user_count, 0.5 as share, 100000 + n as sort_order, true as is_leaf, false as is_outliers,
    false as is_unprocessed, false as is_suppressed
from (
    select issue_side = 'product' as is_first, count(*) as conversation_count,
        case when issue_side = 'product' then 1 else 2 end as n, case when issue_side = 'product' then 'Broken' else 'Unclear' end as name
    from fct_kura__conversations where issue_side is not null group by all
);
insert into bridge_kura__cluster_ancestors by name
    select lens, cluster_id as ancestor_cluster_id, cluster_id as descendant_cluster_id, 0 as distance
    from dim_kura__clusters where lens = 'issue';
create table fct_kura__conversation_clusters as
    select conversation_id, 'conversation' as lens, cluster_id, cluster_distance, is_outlier, started_at from fct_kura__conversations
    union all
    select conversation_id, 'issue', case when issue_side = 'product' then 'i1' else 'i2' end, 0.1, false, started_at
    from fct_kura__conversations where issue_side is not null;

create table fct_kura__cluster_trends as
with periods as (
    select distinct date_trunc('week', started_at)::date as period_start from fct_kura__conversations
),
counted as (
    select
        b.ancestor_cluster_id as cluster_id, date_trunc('week', f.started_at)::date as period_start,
        count(*) as conversation_count, count(distinct f.user_id) as user_count
    from fct_kura__conversations as f
    inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id
    group by 1, 2
),
filled as (
    select
        n.cluster_id, 'week' as period, p.period_start,
        coalesce(c.conversation_count, 0) as conversation_count, coalesce(c.user_count, 0) as user_count,
        coalesce(c.conversation_count, 0) / t.total as share
    from nodes as n
    cross join periods as p
    inner join (
        select date_trunc('week', started_at)::date as period_start, count(*) as total
        from fct_kura__conversations group by 1
    ) as t using (period_start)
    left join counted as c using (cluster_id, period_start)
),
compared as (
    select
        *,
        sum(conversation_count) over (partition by cluster_id order by period_start rows between unbounded preceding and 4 preceding) as before,
        corr(share, epoch(period_start)) over (partition by cluster_id order by period_start rows between 11 preceding and current row) as r,
        conversation_count - lag(conversation_count) over (partition by cluster_id order by period_start) as conversation_change,
        share - lag(share) over (partition by cluster_id order by period_start) as share_change,
        period_start < max(period_start) over () as is_complete
    from filled
),
scored as (
    select *, case when is_complete and before is not null then r * sqrt(10 / greatest(1 - r * r, 1e-9)) end as trend_score
    from compared
)
select
    'conversation' as lens, * exclude (before, r),
    case
        when not is_complete or before is null or cluster_id in ('outliers', 'unprocessed') then null
        when before = 0 and conversation_count > 0 then 'new'
        when trend_score >= 2.58 then 'growing'
        when trend_score <= -2.58 then 'fading'
        else 'steady'
    end as trend
from scored;

create table fct_kura__cluster_facets as
with facets as (
    select cluster_id, 'language' as facet, unnest(string_split(languages, ', ')) as value from fct_kura__conversations
    union all
    select cluster_id, 'segment', segment from fct_kura__conversation_attributes
    union all
    select cluster_id, 'outcome', outcome from fct_kura__conversations
    union all
    select cluster_id, 'issue_side', issue_side from fct_kura__conversations
    union all
    select cluster_id, 'user_frustration', user_frustration::varchar from fct_kura__conversations
    union all
    select cluster_id, 'concerning_score', concerning_score::varchar from fct_kura__conversations
),
everywhere as (
    select facet, value, count(*) / sum(count(*)) over (partition by facet) as share
    from facets where value is not null group by 1, 2
),
counted as (
    select b.ancestor_cluster_id as cluster_id, facet, value, count(*) as conversation_count
    from facets as f inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id
    where value is not null group by 1, 2, 3
)
select
    'conversation' as lens, cluster_id, facet, value, conversation_count,
    conversation_count / sum(conversation_count) over (partition by cluster_id, facet) as share,
    conversation_count / sum(conversation_count) over (partition by cluster_id, facet) / everywhere.share as lift
from counted inner join everywhere using (facet, value);

create table fct_kura__alerts as
select
    'alert-' || cluster_id as alert_id, 'new' as kind, cluster_id, 'high' as severity,
    period_start as since, period_start, conversation_count, share, 0::double as usual_share, 0.001::double as q_value,
    period_start::timestamp as first_alerted_at, period_start::timestamp as last_alerted_at,
    true as is_active, true as is_new
from fct_kura__cluster_trends
where trend = 'new'
qualify row_number() over (partition by cluster_id order by period_start desc) = 1;

create table fct_kura__tool_calls as
select
    conversation_id, 1::bigint as call_number, 2::bigint as turn, cluster_id,
    case when hash(cluster_id) % 2 = 0 then 'search' else 'lookup_order' end as tool,
    case when hash(conversation_id) % 5 = 0 then 'failed' else 'ok' end as status,
    case when hash(conversation_id) % 5 = 0 then 'timeout' end as error_kind,
    hash(conversation_id) % 5 = 0 as is_failed, hash(conversation_id) % 30 = 0 as is_loop,
    (hash(conversation_id) % 1000) / 400 as seconds, 0::bigint as retries,
    case when hash(conversation_id) % 30 = 0 then 2 else 0 end::bigint as repetitions, started_at
from fct_kura__conversations
where hash(conversation_id) % 3 = 0;

create table fct_kura__cluster_tools as
select
    b.ancestor_cluster_id as cluster_id, c.tool, count(*) as conversation_count, count(*) as call_count,
    avg(c.is_failed::int) as failed_share, 0::double as retry_share, avg(c.is_loop::int) as loop_share,
    avg(c.seconds) as mean_seconds
from fct_kura__tool_calls as c
inner join bridge_kura__cluster_ancestors as b on c.cluster_id = b.descendant_cluster_id
group by all;

create table fct_kura__comparisons as
with told as (
    select
        b.ancestor_cluster_id as cluster_id, f.started_at >= '2026-04-01' as is_new, count(*) as conversation_count,
    from fct_kura__conversations as f
    inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id
    group by 1, 2
),
sides as (
    select
        cluster_id, coalesce(max(conversation_count) filter (not is_new), 0) as baseline_count,
        coalesce(max(conversation_count) filter (is_new), 0) as conversation_count,
        (select count(*) from fct_kura__conversations where started_at < '2026-04-01') as baseline_total,
        (select count(*) from fct_kura__conversations where started_at >= '2026-04-01') as conversation_total
    from told group by 1
),
shares as (
    select
        *, baseline_count / baseline_total as baseline_share, conversation_count / conversation_total as share,
        1.96 * sqrt((baseline_count + conversation_count) / power(baseline_total + conversation_total, 2) * 4) as spread
    from sides
)
select
    cluster_id, 'period' as compared_by, '2026-01-01/2026-04-01' as baseline, '2026-04-01/2026-07-01' as segment,
    baseline_count, baseline_total, baseline_share, conversation_count, conversation_total, share,
    share - baseline_share as share_difference, share - baseline_share - spread as difference_low,
    share - baseline_share + spread as difference_high,
    exp(-2 * power((share - baseline_share) / spread, 2)) as p_value,
    least(1, 10 * exp(-2 * power((share - baseline_share) / spread, 2))) as q_value
from shares;

create table fct_kura__golden_set_coverage as
with counted as (
    select b.ancestor_cluster_id as cluster_id, count(*) as golden_count
    from fct_kura__conversations as f inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id
    where f.conversation_id < 'c0000060' group by 1
)
select
    c.lens, c.cluster_id, c.conversation_count, c.share, coalesce(g.golden_count, 0) as golden_count,
    coalesce(g.golden_count, 0) / 60 as golden_share, g.golden_count is null as is_lacking
from dim_kura__clusters as c left join counted as g using (cluster_id) where c.lens = 'conversation';

create table fct_kura__cluster_examples as
select
    'conversation' as lens, b.ancestor_cluster_id as cluster_id,
    row_number() over (partition by b.ancestor_cluster_id order by f.cluster_distance, f.conversation_id) as example_rank,
    f.conversation_id, f.cluster_distance, f.summary, f.extract, 'passed' as audit_verdict
from fct_kura__conversations as f
inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id
where f.summary is not null
qualify example_rank <= 5;

create table fct_kura__cluster_lineage as
select
    'conversation' as lens, 'fit-2' as fit_id, 'fit-1' as previous_fit_id, timestamp '2026-06-01 04:00:00' as fitted_at,
    case when cluster_id not like 't9%' then cluster_id end as old_cluster_id, cluster_id as new_cluster_id,
    case when cluster_id not like 't9%' then name end as old_name, name as new_name,
    case when cluster_id like 't9%' then 'born' else 'kept' end as change,
    case when cluster_id not like 't9%' then 0.98::double end as share_of_old,
    case when cluster_id not like 't9%' then 0.9::double end as share_of_new
from nodes where cluster_id not in ('outliers', 'unprocessed')
union all
select 'conversation', 'fit-2', 'fit-1', timestamp '2026-06-01 04:00:00', 'gone-1', null, 'Last year''s offer', null, 'gone', null, null;

create table fct_kura__runs as
select
    'run-1' as run_id, stage, case when stage in ('fit', 'languages', 'names') then 'conversation' end as lens, timestamp '2026-07-06 04:00:00' as started_at, 'openai' as provider,
    (select count(*) from fct_kura__conversations) as rows_in, (select count(*) from fct_kura__conversations) as rows_out,
    (select count(*) from fct_kura__conversations) as rows_new, 0::bigint as rows_reused, 0::bigint as rows_deleted,
    (select count(*) from fct_kura__conversations where status = 'failed') as rows_failed,
    (select count(*) from fct_kura__conversations) as calls, 0::bigint as retries,
    (select sum(input_tokens)::bigint from fct_kura__conversations) as input_tokens,
    (select sum(output_tokens)::bigint from fct_kura__conversations) as output_tokens,
    (select sum(cost_usd) from fct_kura__conversations) as cost_usd, 60.0::double as seconds,
    case when stage = 'messages' then 0.02::double end as rejected_share,
    case when stage = 'messages' then 3::bigint end as unread_times,
    case when stage = 'embeddings' then 'openai' end as embedder, case when stage = 'embeddings' then 'set' end as embedder_reason,
    case when stage = 'fit' then 'refit: growth' end as decision,
    case when stage = 'fit' then 0.31::double end as growth,
    case when stage = 'fit' then 0.04::double end as new_outlier_share,
    case when stage = 'fit' then 1.05::double end as new_distance_ratio,
    case when stage = 'fit' then 0.97::double end as kept_leaf_share,
    case when stage = 'fit' then 0.99::double end as kept_topic_share,
    case when stage = 'fit' then 0.0::double end as untold_share,
    case when stage = 'fit' then 0.21::double end as silhouette,
    case when stage = 'fit' then 0.02::double end as outlier_share,
    case when stage = 'fit' then 0.18::double end as largest_cluster_share,
    case when stage = 'fit' then 0::bigint end as single_child_parents
from (values ('messages'), ('embeddings'), ('fit'), ('run')) as t (stage);
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--conversations", type=int, default=100_000)
    options = parser.parse_args()
    make(options.path, options.conversations)
