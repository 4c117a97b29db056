{#-
  The lenses: of each, conversations are told apart by one text, in a tree of its own. The first is the main one, in which every
  conversation has a place. `kura_udfs/settings.py` says the same to the stages.
-#}
{% macro lenses() %}
  {% set given, found = var('kura_lenses'), [] %}
  {% if given is mapping %}
    {% for name, lens in given.items() %}
      {% do found.append({'name': name, 'text': lens['text'], 'excludes_none': lens.get('none') == 'exclude'}) %}
    {% endfor %}
  {% elif var('kura_provider') != 'local' and var('kura_cluster_on') == 'auto' %}
    {% do found.append({'name': 'request', 'text': 'request', 'excludes_none': false}) %}
    {% do found.append({'name': 'issue', 'text': 'issue', 'excludes_none': true}) %}
  {% else %}
    {% do found.append({'name': 'conversation', 'text': kura.cluster_on(), 'excludes_none': false}) %}
  {% endif %}
  {{ return(found) }}
{% endmacro %}

{% macro first_lens() %}{{ return(kura.lenses()[0]['name']) }}{% endmacro %}

{#- The texts that a lens may have, those first that need no language model. -#}
{% macro lens_texts() %}{{ return(['user_turns', 'request', 'summary', 'task', 'topic', 'issue']) }}{% endmacro %}

{#- None when `kura_lenses` is what it must be, or else that in words. -#}
{% macro lenses_problem(value) %}
  {% set example = '{request: {text: request}, issue: {text: issue, none: exclude}}' %}
  {% if value == 'auto' %}
    {{ return(none) }}
  {% elif value is not mapping or not value %}
    {{ return('auto, or a mapping such as ' ~ example) }}
  {% elif value | length > 5 %}
    {{ return('a mapping of at most 5 lenses: each has vectors, clusters and names of its own') }}
  {% endif %}
  {% for name, lens in value.items() %}
    {% if not modules.re.fullmatch('[a-z][a-z0-9_]{0,29}', name) %}
      {{ return('a mapping whose keys are names of small letters, digits and _, at most 30, which ' ~ (name | tojson) ~ ' is not') }}
    {% elif lens is not mapping or 'text' not in lens or lens.keys() | reject('in', ['text', 'none']) | list %}
      {{ return('a mapping such as ' ~ example ~ ': each lens has a `text`, may have `none`, and nothing else; ' ~ name ~ ' has not') }}
    {% elif lens['text'] not in kura.lens_texts() %}
      {{ return('a mapping whose texts are among ' ~ kura.lens_texts() | join(', ') ~ ', which that of ' ~ name ~ ' is not') }}
    {% elif lens.get('none', 'exclude') != 'exclude' %}
      {{ return('a mapping in which `none` is exclude or left out; that of ' ~ name ~ ' is not') }}
    {% elif loop.first and 'none' in lens %}
      {{ return('a mapping whose first lens holds every conversation: `none: exclude` is for the others, so leave it out of ' ~ name) }}
    {% endif %}
  {% endfor %}
  {{ return(none) }}
{% endmacro %}

{#- None when the lenses go with the other settings, or else why not, in words. -#}
{% macro lenses_conflict() %}
  {% if var('kura_lenses') is mapping %}
    {% if var('kura_cluster_on') != 'auto' %}
      {{ return("Kura's settings `kura_lenses` and `kura_cluster_on` both say by which text conversations are told apart: leave one of them out.") }}
    {% endif %}
    {% for lens in kura.lenses() if var('kura_provider') == 'local' and lens['text'] in kura.lens_texts()[3:] %}
      {{ return("Kura's setting `kura_lenses` has the lens " ~ lens['name'] ~ " over the text " ~ lens['text'] ~ ", which a language model writes: set"
          ~ " `kura_provider` to openai or cortex, or take another text.") }}
    {% endfor %}
  {% endif %}
  {{ return(none) }}
{% endmacro %}

{#- A text of a lens; null where there is none, also where a word says so and the lens leaves such conversations out. -#}
{% macro lens_text(lens) -%}
  {%- set text = "nullif(trim(" ~ lens['text'] ~ "), '')" -%}
  {%- if lens['excludes_none'] -%}
    case when lower(rtrim(trim({{ lens['text'] }}), '.')) not in ('-', 'none', 'null', 'nil', 'no', 'n/a', 'na', 'nothing', 'not applicable', 'no issue') then {{ text }} end
  {%- else -%}
    {{ text }}
  {%- endif -%}
{%- endmacro %}

{#- A row for each lens: `lens`, its number from 1, and whether it leaves out who has no text. -#}
{% macro lens_rows() -%}
  {%- for lens in kura.lenses() %}
    select
        cast('{{ lens['name'] }}' as {{ dbt.type_string() }}) as lens,
        {{ loop.index }} as lens_number,
        {{ lens['excludes_none'] }} as excludes_none
    {%- if not loop.last %}
    union all
    {%- endif %}
  {%- endfor %}
{%- endmacro %}

{#- Rows of an incremental table of lens × conversation that are in no lens any more, or were made before there were lenses. -#}
{% macro forget_in_lenses(texts, table=this) %}
  {%- if table and kura.works_on_all() -%}
    delete from {{ table }}
    where lens is null or lens not in ('{{ kura.lenses() | map(attribute='name') | join("', '") }}')
    {%- for lens in kura.lenses() if lens['excludes_none'] %}
    or (
        lens = '{{ lens['name'] }}'
        and conversation_id not in (select conversation_id from {{ texts }} where lens = '{{ lens['name'] }}')
    )
    {%- endfor %}
  {%- endif -%}
{% endmacro %}
