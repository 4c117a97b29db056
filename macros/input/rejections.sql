{#-
  Whether a message is used, or rejected with something lost. Earlier states and repetitions are no losses, and neither are
  lines of a log or answers of a model that say nothing.
-#}
{% macro is_used_or_lost() -%}
  coalesce(rejection_reason, '') not in ('repeated_conversation', 'duplicate_message', 'event_without_words')
  and not (coalesce(rejection_reason, '') = 'empty_content' and coalesce(role, '') <> 'user')
{%- endmacro %}

{#- What to say of the messages that are lost: the share, the commonest reason, and what mends it. -#}
{% macro rejected_summary(messages) %}
  {% set counted %}
    select
        rejection_reason,
        count(*) as message_count,
        sum(count(*)) over () as total
    from {{ messages }}
    where {{ kura.is_used_or_lost() }}
    group by rejection_reason
    order by message_count desc
  {% endset %}
  {% set found = run_query(counted).rows if execute else [] %}
  {# where nothing else is there, what is taken for lines that say nothing is a shape that is not known #}
  {% set found = found or (run_query(counted | replace(kura.is_used_or_lost(), "rejection_reason = 'event_without_words'")).rows if execute else []) %}
  {% set rejected = found | rejectattr('0', 'none') | list %}
  {% if not rejected %}
    {{ return({'count': 0, 'share': 0, 'words': ''}) }}
  {% endif %}
  {% set reason, most, total = rejected[0] %}
  {% set all = rejected | sum(attribute='1') %}
  {{ return({
      'count': all,
      'share': all / total,
      'words': 'Kura: ' ~ all ~ ' of ' ~ total ~ ' messages ' ~ ('was' if all == 1 else 'were') ~ ' rejected, ' ~ most ~ ' of them for `'
          ~ reason ~ '`. ' ~ kura.remedy(messages, reason),
  }) }}
{% endmacro %}

{#-
  What to say of times that nobody can read, if they are more than a few; an empty text if they are not. That lists hold none at all is logged
  here; of columns it is where they are looked at.
-#}
{% macro unread_times_told(messages) %}
  {% set counted %}
    select count(case when has_unread_time then 1 end), count(coalesce(created_at, conversation_created_at)), count(*), min(position)
    from {{ messages }}
  {% endset %}
  {% set unread, read, total, first = run_query(counted).rows[0] if execute else [0, 0, 0, 0] %}
  {% if total and not unread and not read and first == 0 %}
    {{ log("Kura: neither the messages in the lists of kura_input nor the lists have a time that Kura knows, so nothing is told of trends."
        ~ " If there is one, call it `created_at`, or name the column beside the lists with kura_columns: {created_at: your_column}.", info=true) }}
  {% endif %}
  {% if unread < 2 or unread <= var('kura_warn_rejected_share') * total %}
    {{ return('') }}
  {% endif %}
  {{ return('Kura: ' ~ unread ~ ' of ' ~ total ~ ' messages have a time that can not be read, so that they count as having none. 01/05/2026 and'
      ~ ' 01.05.2026 are read when kura_date_order says how (dmy, mdy), and a time before kura_earliest or after tomorrow is none (docs/inputs.md).') }}
{% endmacro %}

{#-
  What to say where many ids seem to stand for several conversations: under one, several users each ask and are answered, a message is
  another one in another file, or several are others under an id that comes again; ids that are counted begin anew day by day, or numbers of
  turns hours later; or a sheet has rounded them. An empty text where few do: whoever signs in on the way may get another id, too.
-#}
{% macro shared_ids_told(messages) %}
  {% set is_rounded = kura.matches_fully('conversation_id', '[0-9]([.,][0-9]+)?[Ee][+][0-9]+') %}
  {% set all %}
    select
        count(distinct conversation_id), count(user_id), min(source_name), max(source_name), count(message_id),
        count(distinct case when {{ is_rounded }} then conversation_id end),
        count(created_at),
        count(case when created_at is not null then message_number end)
    from {{ messages }}
  {% endset %}
  {% set total, users, first, last, own_ids, rounded, times, numbers = (
      run_query(all).rows[0] if execute else [0, 0, none, none, 0, 0, 0, 0]
  ) %}
  {% if rounded %}
    {{ return('Kura: ' ~ rounded ~ ' of ' ~ total ~ ' ids of conversations are written like 1.23457E+15, as a sheet does that has rounded a long'
        ~ ' number: conversations whose ids differ in the last digits are read as one. Export them again without opening the file in a sheet,'
        ~ ' or with that column as text.') }}
  {% endif %}
  {% set by_user %}
    select count(*) from (
        select conversation_id from (
            select conversation_id from {{ messages }}
            where rejection_reason is null and user_id is not null and role in ('user', 'assistant')
            group by conversation_id, user_id
            having min(role) <> max(role)
        ) as answered
        group by conversation_id
        having count(*) > 1
    ) as shared
  {% endset %}
  {% set by_file %}
    select count(distinct conversation_id) from (
        select conversation_id from {{ messages }}
        where rejection_reason is null and message_id is not null
        group by conversation_id, message_id, role
        having min(source_name) <> max(source_name) and min(content) <> max(content)
    ) as shared
  {% endset %}
  {% set by_message %}
    select count(*) from (
        select conversation_id from (
            select conversation_id from {{ messages }}
            where rejection_reason is null and message_id is not null and role = 'user'
            group by conversation_id, message_id
            having min(content) <> max(content)
        ) as repeated
        group by conversation_id
        having count(*) > 1
    ) as shared
  {% endset %}
  {% set by_number %}
    select count(distinct conversation_id) from (
        select conversation_id from {{ messages }}
        where rejection_reason is null and message_number is not null and role = 'user'
        group by conversation_id, message_number
        having max(created_at) >= {{ dbt.dateadd('hour', 6, 'min(created_at)') }} and min(content) <> max(content)
    ) as numbered_anew
  {% endset %}
  {% for counted, words, example in [
      [by_user if users, 'have messages of several users who each ask and are answered. If ids are unique for each user only', 'user_id'],
      [by_file if first != last, 'have messages under one id that are others in each file. If ids are unique in each file only', 'file'],
      [by_message if own_ids, 'have several messages of a user whose ids come again with other words. If ids are unique in each part of'
          ~ ' the input only (a day, a channel, an agent)', 'channel'],
      [by_number if numbers, 'have turns whose numbers begin'
          ~ ' anew hours later. If ids are counted anew every day', 'cast(created_at as date)'],
      [kura.ids_counted_anew(messages) if times, 'go on hours later or on another day, in the order in which they began. If ids are counted anew'
          ~ ' every day', 'cast(created_at as date)'],
  ] if counted %}
    {% set count = run_query(counted).rows[0][0] %}
    {% if count > 1 and count * 5 >= total %}
      {{ return('Kura: ' ~ count ~ ' of ' ~ total ~ ' conversations ' ~ words ~ ', several are read as one: have kura_input be a'
          ~ ' view in which they are unique, e.g. ' ~ example ~ " || '-' || conversation_id.") }}
    {% endif %}
  {% endfor %}
  {{ return('') }}
{% endmacro %}

{#-
  A query for how many conversations a user goes on with hours later, if those of a day do so in the order in which they began, as nobody does
  who comes back to an older one. Fewer than nine steps from one to the next prove nothing.
-#}
{% macro ids_counted_anew(messages) -%}
with placed as (

    select
        conversation_id,
        role,
        created_at,
        min(created_at) over (partition by conversation_id) as begun_at,
        lag(created_at) over (partition by conversation_id order by created_at) as said_before
    from {{ messages }}
    where rejection_reason is null and created_at is not null

),

steps as (

    select
        conversation_id,
        begun_at,
        lag(begun_at) over (partition by cast(created_at as date) order by created_at, begun_at desc) as begun_before
    from placed
    where role = 'user' and created_at >= {{ dbt.dateadd('hour', 6, 'said_before') }}

)

select
    case
        when count(begun_before) > 8 and count(case when begun_at > begun_before then 1 end) >= 0.9 * count(begun_before)
            then count(distinct conversation_id)
        else 0
    end
from steps
{%- endmacro %}

{#- What can be done about messages that are rejected for a reason. -#}
{% macro remedy(messages, reason) %}
  {% set made = ' `dbt run --select stg_kura__rejected_messages` makes the table that has them.' %}
  {# one after the other in a conversation is counted from 1, what stands in a list from 0; there no column has role and content #}
  {% set is_in_lists = run_query('select min(position) from ' ~ messages).rows[0][0] == 0 %}
  {% if reason == 'unknown_role' %}
    {{ return(kura.unknown_roles_remedy(messages, is_in_lists)) }}
  {% elif reason == 'missing_conversation_id' %}
    {{ return('Name the column with kura_columns: {conversation_id: your_column}.' ~ made) }}
  {% elif reason == 'conversation_of_another_user' %}
    {{ return("The ids of conversations seem to be unique for each user only: have kura_input be a view in which they are unique, e.g."
        ~ " user_id || '-' || conversation_id." ~ made) }}
  {% elif reason == 'another_conversation' %}
    {{ return("The ids of conversations seem to be unique in each file or each part of the input only: have kura_input be a view in which they"
        ~ " are unique, e.g. file || '-' || conversation_id." ~ made) }}
  {% elif reason == 'several_conversations' %}
    {{ return("One list holds messages of several conversations, by the ids in them: have kura_input be a query with a row for each message, e.g."
        ~ " (select unnest(messages, recursive := true) from read_json('export.json')), and name the id with kura_columns." ~ made) }}
  {% elif reason == 'missing_role' and is_in_lists %}
    {{ return("They stand in lists, a conversation in a row, and there nothing that Kura knows says who spoke. If it is the speaker's name,"
        ~ ' say who is who with kura_roles, e.g. kura_roles: {"name of one": user, "name of another": assistant}. Otherwise this form of'
        ~ ' messages is not read: give every entry a `role`, or make a row of each message (docs/inputs.md).' ~ made) }}
  {% elif reason == 'message_is_not_an_object' %}
    {{ return('They stand in lists of texts, and nothing says who speaks in which. If two speak in turn, say who begins:'
        ~ ' kura_roles: {"*first": user, "*": assistant}. Otherwise make a row of each text, with a role and the id of its'
        ~ ' conversation (docs/inputs.md).' ~ made) }}
  {% elif reason == 'missing_role' %}
    {{ return('Name the column with kura_columns: {role: your_column}.' ~ made) }}
  {% elif reason == 'conversation_without_messages' %}
    {{ return('They are empty, or nobody can tell who speaks in them. If names stand before what is said, say whose they are with'
        ~ ' kura_roles, e.g. kura_roles: {"name of one": assistant, "*": user}, or who begins: {"*first": user, "*": assistant};'
        ~ ' if another column holds what was said, name it with'
        ~ ' kura_columns: {messages: your_column}.' ~ made) }}
  {% elif reason == 'empty_content' and is_in_lists %}
    {{ return('They stand in lists, a conversation in a row. If they are not empty, what was said has a name there that Kura does not know,'
        ~ ' and this form of messages is not read: call it `content` in every entry, or make a row of each message (docs/inputs.md).' ~ made) }}
  {% elif reason == 'unreadable_content' %}
    {{ return('What was said stands in an object there whose keys Kura does not know: call the text `text` in it, or have `content` be the'
        ~ ' text itself (docs/inputs.md).' ~ made) }}
  {% elif reason == 'event_without_words' %}
    {{ return('Nothing that Kura knows as words stands in any row. If they are there, say where with kura_columns: {role: ..., content: ...}'
        ~ ' or {messages: [...]} (docs/inputs.md).' ~ made) }}
  {% elif reason == 'empty_content' %}
    {{ return('Name the column with what was said with kura_columns: {content: your_column}.' ~ made) }}
  {% endif %}
  {{ return('docs/inputs.md says what the reason means.' ~ made) }}
{% endmacro %}

{#-
  How to say which roles they are. A role may be a person's name, and a wrong column may hold anything: an example is made only of what
  consists of words for roles, or of two signs (`0` and `1`, `Q` and `A`, arrows), and of all else the one who reads this has to ask the table.
-#}
{% macro unknown_roles_remedy(messages, is_in_lists) %}
  {% set counted %}
    select
        role_as_given,
        case when left(trim(role_as_given), 1) in ('{', '[') then 1 else 0 end as is_nested,
        avg(position) as place
    from {{ messages }}
    where rejection_reason = 'unknown_role'
    group by role_as_given
    order by count(*) desc, role_as_given
    limit 50
  {% endset %}
  {% set rows = run_query(counted).rows %}
  {% if rows[0][1] == 1 and not is_in_lists %}
    {{ return('What says who spoke is an object there: name the place in it that is a text with kura_columns: {role: your_column.its_key},'
        ~ ' and then say with kura_roles who is who (docs/inputs.md). ' ~ kura.listed_roles()) }}
  {% endif %}
  {% set examples = {} %}
  {% for role, _, _ in rows if examples | length < 3 and kura.is_of_role_words(role | string) %}
    {% do examples.update({role: kura.likely_role(role) or ('assistant' if 'user' in examples.values() else 'user')}) %}
  {% endfor %}
  {# signs are nobody's name, and there whoever speaks first in most conversations asks #}
  {% set signs = [] %}
  {% for role, _, _ in rows | sort(attribute='2') if modules.re.fullmatch('.|[\\W\\d_]{2,3}|true|false|yes|no', role | string) %}
    {% do signs.append(role | string) %}
  {% endfor %}
  {% if signs | length == rows | length == 2 %}
    {% do examples.update({signs[0]: 'user', signs[1]: 'assistant'}) %}
  {% endif %}
  {% set pairs = [] %}
  {% for theirs, ours in (examples or {'what they call a user': 'user', 'what they call an agent': 'assistant'}).items() %}
    {% do pairs.append('"' ~ theirs ~ '": ' ~ ours) %}
  {% endfor %}
  {% set all_others = ' If they are names of people, name those who answer, and write "*": user for all others.' %}
  {% set first = ' If who speaks first has the same role in all conversations: {"*first": user, "*": assistant}.' %}
  {{ return('Say with kura_roles which roles they are, e.g. kura_roles: {' ~ pairs | join(', ') ~ '}; there are '
      ~ kura.roles() | join(', ') ~ '.' ~ (' Or the other way round: who speaks first mostly asks.' if examples and signs else '')
      ~ ('' if examples else all_others) ~ first ~ ' ' ~ kura.listed_roles()) }}
{% endmacro %}

{#- How to see which roles nobody knows. -#}
{% macro listed_roles() %}
  {{ return("This lists what stands there: dbt show --limit 50 --inline \"select role_as_given, count(*) as n from"
      ~ " {{ ref('kura', 'base_kura__messages') }} where rejection_reason = 'unknown_role' group by 1 order by 2 desc\"") }}
{% endmacro %}

{#- A name of a role as words: in small letters, with single blanks between them and at both ends. -#}
{% macro role_words(role) %}{{ return(' ' ~ modules.re.sub('[\\s_-]+', ' ', role | lower) | trim ~ ' ') }}{% endmacro %}

{#- Whether a name consists of numbers and of words that say what somebody is, so that it names no person. -#}
{% macro is_of_role_words(role) %}
  {% set words = [
      'call', 'calls', 'event', 'note', 'comment', 'message', 'action', 'reply', 'question', 'request', 'speaker', 'participant', 'party',
      'author', 'sender', 'receiver', 'owner', 'moderator', 'manager', 'supervisor', 'employee', 'colleague', 'worker', 'officer', 'host', 'expert',
      'parent', 'vendor', 'partner', 'supplier', 'interviewer', 'interviewee', 'respondent', 'candidate', 'recruiter', 'first', 'second',
      'third', 'line', 'level', 'private', 'public', 'other', 'unknown', 'web', 'phone', 'email', 'chat', 'app', 'api',
      'workflow', 'automation', 'context', 'summary', 'error', 'thought', 'reasoning', 'plan',
  ] %}
  {% for theirs in kura.known_roles().values() %}
    {% for name in theirs %}
      {% do words.extend(kura.role_words(name).split()) %}
    {% endfor %}
  {% endfor %}
  {# models are called so, and so are people #}
  {% set strange = kura.role_words(role).split() | reject('in', words | reject('in', ['claude', 'bing', 'bard']) | list) | list %}
  {% set numbers = strange | map('int', default=-1) | reject('lt', 0) | list %}
  {{ return(strange | length == numbers | length < kura.role_words(role).split() | length) }}
{% endmacro %}

{#- Which role a name most likely means, by the longest known one in it; none where it holds none. -#}
{% macro likely_role(role) %}
  {% set longest = namespace(length=0, role=none) %}
  {% for ours, theirs in kura.known_roles().items() %}
    {% for name in theirs if kura.role_words(name) in kura.role_words(role) and name | length > longest.length %}
      {% set longest.length = name | length %}
      {% set longest.role = ours %}
    {% endfor %}
  {% endfor %}
  {{ return(longest.role) }}
{% endmacro %}
