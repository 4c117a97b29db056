{#-
  The places of a question and an answer where each stands in a column that is called so (`user_message`, `bot_reply`), or by who says it
  (`human`, `ai`) and holds sentences; or none.
-#}
{% macro question_and_answer(source, types) %}
  {% set told = {'asked': [], 'answered': []} %}
  {% set asked, answered = kura.letters(kura.asked_columns()), kura.letters(kura.answered_columns()) %}
  {% set words = {
      'asked': '(user|human|customer|visitor|client)(message|msg|text|input|query|question|prompt|request|utterance)'
          ~ '|(question|prompt|request|query|input)(text|content|body|message|msg)|(message|msg|text)(in|inbound|received)',
      'answered': '(bot|chatbot|assistant|ai|gpt|llm|model|agent|system)(message|msg|text|output|response|reply|answer)'
          ~ '|(answer|response|reply|completion|output)(text|content|body|message|msg)|(message|msg|text)(out|outbound|sent)',
  } %}
  {% set users = ['user', 'human', 'customer', 'client', 'q'] %}
  {% for column, letters in zip(types, kura.letters(types)) %}
    {% set place = {'column': column, 'steps': [], 'name': column} %}
    {% set is_side = letters in users + ['assistant', 'bot', 'chatbot', 'ai', 'agent', 'model', 'gpt', 'a']
        and kura.any_like(source, types, column, '% % % %') %}
    {% if letters in asked + ['utterance'] or modules.re.fullmatch(words.asked, letters) or (is_side and letters in users) %}
      {% do told.asked.append(place) %}
    {% elif letters in answered or is_side or modules.re.fullmatch(words.answered, letters) %}
      {% do told.answered.append(place) %}
    {% endif %}
  {% endfor %}
  {{ return(told.asked + told.answered if told.asked | length == 1 and told.answered | length == 1 else none) }}
{% endmacro %}

{#-
  Where the names of columns tell no shape, what they hold may: {format, places}. Who speaks is what a column with nothing but known roles
  says, and what is said has a name of words for that, perhaps behind the first word of the name of who speaks (`data__role`,
  `data__content`). None where nothing is so, or several columns may be meant.
-#}
{% macro likely_messages(source, types) %}
  {% set given = var('kura_columns') %}
  {% set shape = kura.input_formats()['messages']['columns'] %}
  {% set places = {} %}
  {% set called_so = kura.columns_among(types, shape['role']) | map(attribute=1) | list %}
  {% for column in types if not called_so and 'role' in kura.words_of(column)[-2:] %}
    {% do called_so.append(column) %}
  {% endfor %}
  {% set roles = called_so or kura.columns_of_roles(source, types) %}
  {% if roles | length == 1 or given.get('role') %}
    {% set bare = kura.bare_names(types, given.get('role') or roles[0]) %}
    {% for field in ['conversation_id', 'message_id', 'message_number', 'content', 'created_at', 'user_id'] if field not in given %}
      {% set names = shape.get(field, []) if field in ['conversation_id', 'content'] else [field] %}
      {% set names = kura.shared_names()[field] + kura.time_names(bare) if field == 'created_at' else names %}
      {% set found = kura.columns_among(bare, names) %}
      {# a day with a clock beside it is found without being named #}
      {% if found and bare[found[0][1]] not in roles and not (field == 'created_at' and bare[found[0][1]] in kura.day_and_clock(types)) %}
        {% do places.update({field: [{'column': bare[found[0][1]], 'steps': []}]}) %}
      {% endif %}
    {% endfor %}
    {% if 'content' not in places and 'content' not in given %}
      {% set texts = kura.columns_of_text(source, types) | reject('in', roles) | list %}
      {% if not texts and (not called_so or roles == kura.columns_of_roles(source, types)) %}
        {% set ids = places['conversation_id'] | map(attribute='column') | list if 'conversation_id' in places
            else kura.columns_among(types, shape['conversation_id']) | map(attribute=1) | list %}
        {% set texts = kura.columns_beside(source, types, ids[:1]) | reject('in', roles) | list %}
      {% endif %}
      {% do places.update({'content': [{'column': texts[0], 'steps': []}]}) if texts | length == 1 else none %}
    {% endif %}
    {% if 'content' in places or 'content' in given %}
      {% do places.update({'role': [{'column': roles[0], 'steps': []}]}) if 'role' not in given else none %}
      {{ return({'format': 'messages', 'places': places}) }}
    {% endif %}
  {% endif %}
  {{ return(none) }}
{% endmacro %}

{#- The same where one column holds lists that are conversations. -#}
{% macro likely_lists(source, types) %}
  {% set lists = kura.columns_of_messages(source, types) if 'messages' not in var('kura_columns') else [] %}
  {{ return({'format': 'conversations', 'places': {'messages': [{'column': lists[0], 'steps': []}]}} if lists | length == 1 else none) }}
{% endmacro %}

{#-
  Where the words stand in a content that is an object in each row: under the only name that there is for them. An object with a type or
  parts is a content itself, and one that stands in some rows is what somebody pasted.
-#}
{% macro words_within(source, types) %}
  {% set contents = kura.columns_among(types, kura.input_formats()['messages']['columns']['content']) | map(attribute=1) | list %}
  {% set held = kura.field_or_null(source, types, contents[0]) if contents else none %}
  {% if not held or kura.any_row(source, held ~ " is not null and left(ltrim(" ~ held ~ "), 1) <> '{'", 1000) %}
    {{ return({}) }}
  {% endif %}
  {% set keys = kura.keys_at(source, kura.column_json(source, contents[0], types[contents[0]]), 1000) %}
  {% set words = kura.columns_among(keys, ['text', 'content', 'message', 'body', 'msg']) | map(attribute=1) | list %}
  {% if words | length != 1 or 'type' in keys or 'parts' in keys %}
    {{ return({}) }}
  {% endif %}
  {% set place = {'column': contents[0], 'steps': words} %}
  {% set counted %}
    select count(*), count(case when left(ltrim(words), 1) not in ('{', '[') then 1 end)
    from (
        select {{ held }} as held, {{ kura.place_text(source, types, place) }} as words
        from (select * from {{ source.rows }} limit 1000) as first_rows
    ) as said
    where held is not null
  {% endset %}
  {% set rows, texts = run_query(counted).rows[0] %}
  {{ return({'content': [place]} if rows > 1 and texts == rows else {}) }}
{% endmacro %}

{% macro log_likely(source, places) %}
  {% set told = [] %}
  {% for field, place in places.items() %}
    {% do told.append(field ~ ': ' ~ ([place[0].column] + place[0].steps) | join('.')) %}
  {% endfor %}
  {% do log("Kura: by what the columns of kura_input `" ~ source.name ~ "` hold it is read as with kura_columns: {" ~ told | join(', ')
      ~ "}. If something else is meant, say so there.", info=true) %}
{% endmacro %}

{#- Maps names without the first word that one of them has, or without the ending of fields of Salesforce's, to the columns. -#}
{% macro bare_names(types, like) %}
  {% set bare = {} %}
  {% set first = kura.words_of(like)[0] if kura.words_of(like) | length > 1 else none %}
  {% for column in types %}
    {% set words = kura.words_of(column) %}
    {% set is_of_salesforce = column | lower | trim | list | length > 3 and (column | lower).endswith('__c') %}
    {% set words = words[:-1] if is_of_salesforce else words %}
    {% do bare.setdefault((words[1:] if words[0] == first and words | length > 1 else words) | join('_'), column) %}
  {% endfor %}
  {{ return(bare) }}
{% endmacro %}

{% macro words_of(name) %}
  {{ return(modules.re.split('[\\W_]+', modules.re.sub('([a-z0-9])([A-Z])', '\\1_\\2', name) | lower | trim('_'))) }}
{% endmacro %}

{#- The columns that hold nothing but roles that somebody knows, a user's and an assistant's among them. -#}
{% macro columns_of_roles(source, types) %}
  {% set roles, told, found, branches = kura.roles_by_name(), {}, [], [] %}
  {% for column, type in types.items() if types | length < 60 %}
    {% set held = kura.plain_role(kura.input_field(source, column, type)) %}
    {% do branches.append("select * from (select distinct " ~ kura.quoted(column) ~ " as name, " ~ held
        ~ " as told from first_rows where length(" ~ held ~ ") between 1 and 40 limit 20) as branch_" ~ loop.index) %}
  {% endfor %}
  {% set query %}
    with first_rows as (
        select * from {{ source.rows }} limit 1000
    )
    {{ branches | join(' union all ') }}
  {% endset %}
  {% for row in (run_query(query).rows if branches else []) %}
    {% do told.setdefault(row[0], []).append(roles.get(row[1])) %}
  {% endfor %}
  {% for column, sides in told.items() if none not in sides and 'user' in sides and 'assistant' in sides %}
    {% do found.append(column) %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- What each name is that somebody knows, here or in `kura_roles`. -#}
{% macro roles_by_name() %}
  {% set roles = {} %}
  {% for ours, theirs in kura.known_roles().items() %}
    {% for name in theirs %}
      {% do roles.update({name: ours}) %}
    {% endfor %}
  {% endfor %}
  {% for theirs, ours in var('kura_roles').items() %}
    {% do roles.update({theirs | lower | trim: ours}) %}
  {% endfor %}
  {{ return(roles) }}
{% endmacro %}

{#- The columns that are called by words for what is said alone, and hold texts of several words. -#}
{% macro columns_of_text(source, types) %}
  {% set names = '(message|msg|chat|turn|utterance|plain|raw|full|clean|original|html|body|texts?|contents?|value)+' %}
  {{ return(kura.columns_of_words(source, types, names, '% %')) }}
{% endmacro %}

{#-
  The columns that are called by words for what may be said beside something else; where none is, those that hold sentences. What is called so
  and is the same in all messages of each conversation, as what a ticket is about, was not said in them.
-#}
{% macro columns_beside(source, types, ids) %}
  {% set names = '(message|chat|answer|note|public|internal)*(comments?|notes?|reply|replies|answer|post|description|details)(text|body)?' %}
  {% set called, about, sentences = [], [], [] %}
  {% for column in kura.columns_of_words(source, types, names, '% %') %}
    {% do (called if kura.differs_within(source, types, ids, column) else about).append(column) %}
  {% endfor %}
  {% for column in kura.columns_of_words(source, types, '.*', '%_ _% _% _%') if not called and column not in about %}
    {% do sentences.append(column) if not kura.any_begins(source, types, [column], ['[', '{']) else none %}
  {% endfor %}
  {{ return(called or sentences) }}
{% endmacro %}

{#- Whether a column holds different things in one conversation, if any has several rows and its id is known. -#}
{% macro differs_within(source, types, ids, column) %}
  {% set counted %}
    select count(*), count(case when kinds > 1 then 1 end)
    from (
        select count(distinct held) as kinds
        from (
            select
                {{ kura.field_or_null(source, types, ids[0]) if ids }} as id,
                {{ kura.input_field(source, column, types[column]) }} as held
            from (select * from {{ source.rows }} limit 1000) as first_rows
        ) as said
        group by id
        having count(held) > 1
    ) as conversations
  {% endset %}
  {% set several, differing = run_query(counted).rows[0] if ids else [0, 0] %}
  {{ return(differing > 0 or not several) }}
{% endmacro %}

{#- The columns that are called so, by their letters, and hold something like a pattern. -#}
{% macro columns_of_words(source, types, names, pattern) %}
  {% set found = [] %}
  {% for column, letters in zip(types, kura.letters(types)) if modules.re.fullmatch(names, letters) %}
    {% do found.append(column) if kura.any_like(source, types, column, pattern) else none %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}

{#- Whether a value among the first thousand rows of a column is like a pattern. -#}
{% macro any_like(source, types, column, pattern) %}
  {{ return(kura.any_row(source, kura.input_field(source, column, types[column]) ~ " like '" ~ pattern ~ "'", 1000)) }}
{% endmacro %}

{#- The columns that hold lists, or texts by their names, in which the parser finds who says what, with roles that somebody knows. -#}
{% macro columns_of_messages(source, types) %}
  {% set found = [] %}
  {% for column, letters in zip(types, kura.letters(types)) if types | length < 60 %}
    {% set is_text = modules.re.search('conversation|dialog|chat|transcript|history', letters)
        and kura.any_like(source, types, column, '%: %') %}
    {% if is_text or kura.any_begins(source, types, [column], ['[']) %}
      {% set held = kura.input_field(source, column, types[column]) %}
      {% set query %}
        select {{ kura.udf('kura_parse_messages') }}({{ kura.with_roles('held') }}) as parsed, left(held, 100) as beginning
        from (select {{ held }} as held from (select * from {{ source.rows }} limit 1000) as first_rows) as lists
        where {{ "held like '%: %'" if is_text else "left(ltrim(held), 1) = '[' and length(held) > 2" }}
        limit 20
      {% endset %}
      {% set said, sides = [], kura.roles_by_name() %}
      {% for row in run_query(query).rows %}
        {% do said.extend(fromjson(row[0])) %}
        {# pairs of texts may be anything: labels of what is said, names of tools, examples #}
        {% set pair = modules.re.match('\\s*\\[\\s*\\[\\s*"([^"]*)', row[1]) %}
        {% do said.append({'error': 'pair'}) if pair and pair.group(1) | lower not in sides else none %}
      {% endfor %}
      {% set roles = said | map(attribute='role') | unique | list %}
      {% if said | selectattr('content') | list and not said | selectattr('error') | list and none not in roles
          and ('*' in var('kura_roles') or roles | select('in', kura.roles_by_name()) | list) %}
        {% do found.append(column) %}
      {% endif %}
    {% endif %}
  {% endfor %}
  {{ return(found) }}
{% endmacro %}
