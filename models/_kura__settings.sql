{#-
  No model: what dbt reads before any model of ours, because it reads the files of a folder before those of its folders. A wrong setting
  is told here in words; a model that reckons with it would fail without its name, and which one comes first is the disk's choice.
-#}
{{ config(enabled=false) }}
{%- do kura.check_flags() -%}
{%- do kura.check_settings() -%}
select 1 as no_column
