{#-
  An id of the input as it goes on from here: hashed where `kura_hash_ids` says so, and where it is personal data by itself. The
  hash is salted, so that nobody finds an id by hashing all that there may be; with the salt, which is in the internal schema,
  those who may can join by it.
-#}
{% macro id_as_kept(id) %}
  {{ return(kura.hashed_id(id) if id in var('kura_hash_ids') else
      'case when ' ~ kura.is_personal_id(id) ~ ' then ' ~ kura.hashed_id(id) ~ ' else ' ~ id ~ ' end') }}
{% endmacro %}

{% macro hashed_id(id, salts=none) -%}
  case when nullif(trim({{ id }}), '') is not null then
    'h:' || left({{ kura.sha256('(select salt from ' ~ (salts or ref('kura_salt')) ~ ') || ' ~ id) }}, 32)
  end
{%- endmacro %}

{#- An e-mail address (of WhatsApp, too), or a phone number with its country's code or in the form of North America. -#}
{% macro is_personal_id(id) %}
  {{ return(kura.matches_fully(id,
      '[^@ ]+@[^@ ]+[.][^@ ]+|([A-Za-z]+:)?[ ]?[+][0-9][-0-9 ()./]{6,}|[(]?[2-9][0-9]{2}[)]?[ .-][0-9]{3}[ .-][0-9]{4}|[Tt][Ee][Ll]:.+')) }}
{% endmacro %}

{#- Whether a text is all that a regular expression says, which does without backslashes. -#}
{% macro matches_fully(text, pattern) %}
  {{ return(adapter.dispatch('matches_fully', 'kura')(text, pattern)) }}
{% endmacro %}

{% macro duckdb__matches_fully(text, pattern) %}
  {{ return('regexp_full_match(' ~ text ~ ', ' ~ kura.quoted(pattern) ~ ')') }}
{% endmacro %}

{% macro default__matches_fully(text, pattern) %}
  {{ return('regexp_like(' ~ text ~ ', ' ~ kura.quoted('^(' ~ pattern ~ ')$') ~ ')') }}
{% endmacro %}

{% macro sha256(text) %}
  {{ return(adapter.dispatch('sha256', 'kura')(text)) }}
{% endmacro %}

{% macro default__sha256(text) %}{{ return('sha256(' ~ text ~ ')') }}{% endmacro %}

{% macro snowflake__sha256(text) %}{{ return('sha2(' ~ text ~ ', 256)') }}{% endmacro %}

{#- The salt that the environment of a run gives. -#}
{% macro given_salt() %}
  {{ return(adapter.dispatch('given_salt', 'kura')()) }}
{% endmacro %}

{% macro duckdb__given_salt() %}{{ return('kura_given_salt()') }}{% endmacro %}

{#- A function there sees no environment. -#}
{% macro default__given_salt() %}{{ return('cast(null as ' ~ dbt.type_string() ~ ')') }}{% endmacro %}

{#- A text that nobody can guess. -#}
{% macro random_text() %}
  {{ return(adapter.dispatch('random_text', 'kura')()) }}
{% endmacro %}

{% macro duckdb__random_text() %}{{ return("cast(uuid() as varchar)") }}{% endmacro %}

{% macro snowflake__random_text() %}{{ return('uuid_string()') }}{% endmacro %}

{#-
  An id without what programs write around it: MongoDB's wrapping, blanks, and the `.0` that data frames give to whole numbers where one
  is missing, so that `7` and `7.0` are one (not of more digits, which a float has rounded). Null for what they write where there is none.
-#}
{% macro told_id(id) %}
  {{ return(adapter.dispatch('told_id', 'kura')(id)) }}
{% endmacro %}

{% macro default__told_id(id) %}
  {{ return(kura.null_if_nothing("regexp_replace(trim(" ~ id ~ ", ' \\t\\r\\n'), '^([0-9]{1,15})[.]0+$', '\\\\1')")) }}
{% endmacro %}

{% macro duckdb__told_id(id) %}
  {% set bare = "trim(regexp_replace(" ~ id ~ ", '^[{]\"[$]oid\":\"([^\"]+)\"[}]$', '\\1'), e' \\t\\r\\n')" %}
  {{ return(kura.null_if_nothing("regexp_replace(" ~ bare ~ ", '^([0-9]{1,15})[.]0+$', '\\1')")) }}
{% endmacro %}

{#- A value; null where it is what programs write for nothing. Not nullif in nullif, as each writes what it holds twice. -#}
{% macro null_if_nothing(value) -%}
  case
    when lower({{ value }}) not in ('nan', 'nat', 'null', '(null)', 'none', 'undefined', '<na>', 'n/a', '#n/a', chr(92) || 'n') then {{ value }}
  end
{%- endmacro %}
