{{ config(severity='warn') }}

-- dbt itself tells only how many rows there are: what fell off, and how far, is told here
{%- set fallen = kura.fallen_quality(ref('int_kura__runs')) -%}
{%- set found = run_query(fallen).rows if execute and flags.WHICH in ['build', 'test', 'retry'] else [] -%}
{%- for run, lens, figure, value, side, border, usual in found -%}
    {%- do exceptions.warn(
        "Kura: " ~ figure ~ " of the lens " ~ lens ~ " is " ~ value | float | round(3) ~ ", which should be at " ~ side ~ " "
        ~ border | float | round(3) ~ (": in the ten runs before it was " ~ usual | float | round(3) if usual is not none else "")
        ~ ". fct_kura__runs has it of every run."
    ) -%}
{%- endfor %}

{{ fallen }}
