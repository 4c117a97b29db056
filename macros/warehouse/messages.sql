{#- What tools and help desks call those who speak, by our name for them. `kura_roles` adds names and overrules these. -#}
{% macro known_roles() %}
  {{ return({
      'user': [
          'user', 'human', 'customer', 'visitor', 'end-user', 'end_user', 'enduser', 'end user', 'client', 'contact', 'lead', 'prompter',
          'requester', 'guest', 'caller', 'member', 'consumer', 'me', 'you', 'website visitor', 'shopper', 'buyer', 'subscriber',
          'borrower', 'patient', 'passenger', 'applicant', 'student', 'usermessage', 'user_message', 'human_message',
          'appuser', 'external', 'incoming', 'inbound', 'in', 'received', 'kunde', 'kundin', 'nutzer',
          'nutzerin', 'benutzer', 'anrufer', 'anruferin', 'besucher', 'cliente', 'utilisateur', 'utilisatrice', 'visiteur', 'appelant',
          'usuario', 'usuaria', 'visitante', 'usuário', 'utilizador', 'comprador', 'utente', 'visitatore', 'klant', 'gebruiker',
          'bezoeker', 'kund', 'användare', 'bruger', 'bruker', 'klient', 'klientka', 'użytkownik', 'müşteri', 'kullanıcı', 'клиент',
          'пользователь', 'покупатель', '用户', '客户', '顾客', '用戶', '客戶', '顧客', 'ユーザー', 'ユーザ', 'お客様', '사용자', '고객', '고객님', 'العميل',
          'المستخدم', 'ग्राहक', 'उपयोगकर्ता', 'khách hàng', 'khách', 'người dùng', 'pelanggan', 'pengguna', 'ลูกค้า', 'ผู้ใช้', 'לקוח', 'לקוחה',
          'משתמש',
      ],
      'assistant': [
          'assistant', 'gpt', 'chatgpt', 'bot', 'model', 'ai', 'agent', 'admin', 'operator', 'support', 'chatbot', 'assistant_bot',
          'agent_bot', 'business', 'appmaker', 'machine',
          'claude', 'gemini', 'copilot', 'llm', 'bard', 'bing', 'representative', 'rep', 'advisor', 'staff', 'team', 'teammate', 'answer',
          'output', 'response', 'apimessage', 'assistant_message', 'ai_message', 'bot_message', 'csr',
          'customer service', 'customer support', 'customer care', 'support agent', 'support team',
          'service agent', 'live agent', 'human agent', 'virtual agent', 'virtual assistant', 'voice agent', 'voice assistant',
          'ai agent', 'ai_agent', 'ai assistant', 'ai_assistant', 'virtual_assistant', 'receptionist', 'seller', 'sales rep', 'salesperson', 'doctor', 'nurse', 'tutor', 'teacher',
          'coach', 'therapist', 'counselor', 'counsellor', 'specialist', 'consultant', 'technician', 'dispatcher', 'clerk', 'automated_agent', 'human_agent', 'virtual_agent',
          'internal', 'outgoing', 'outbound', 'out', 'sent', 'outbound-api', 'outbound-reply',
          'mitarbeiter', 'mitarbeiterin', 'berater', 'beraterin', 'kundenservice',
          'kundendienst', 'assistent', 'conseiller', 'conseillère', 'assistante', 'opérateur', 'service client', 'agente', 'asesor',
          'asesora',
          'asistente', 'operador', 'operadora', 'atendente', 'assistente', 'suporte', 'operatore', 'operatrice', 'medewerker', 'adviseur',
          'handläggare', 'medarbetare', 'rådgiver', 'medarbejder', 'konsultant', 'konsultantka', 'asystent', 'doradca', 'temsilci',
          'müşteri temsilcisi', 'asistan', 'оператор', 'агент', 'ассистент', 'бот', 'консультант', '客服', '助手', '助理', '机器人', '機器人',
          'オペレーター', 'アシスタント', 'ボット', '担当者', '상담원', '상담사', '어시스턴트', 'الموظف', 'المساعد', 'الوكيل', 'एजेंट', 'सहायक',
          'nhân viên', 'tư vấn viên', 'trợ lý', 'agen', 'petugas', 'asisten', 'เจ้าหน้าที่', 'พนักงาน', 'נציג', 'נציגה', 'עוזר',
      ],
      'system': ['system', 'system_prompt', 'instruction'],
      'developer': ['developer'],
      'tool': ['tool', 'function', 'observation', 'tool_result', 'tool_response', 'function_call_output', 'function_response', 'ipython'],
  }) }}
{% endmacro %}

{#-
  A role without what programs put around it: `ROLE_USER`, `MessageRole.USER`, `MESSAGE_ROLE_USER`, `participant: customer`, `bot message`,
  `[user]`, `<|assistant|>`, `ASSISTANT:`, `Agent (Bob)`.
-#}
{% macro plain_role(role) -%}
  {%- set signs = "[]:：<>(){}|*#@_ [-]" -%}
  regexp_replace(
    regexp_replace(
      regexp_replace(
        regexp_replace(lower(trim({{ role }})), '^{{ signs }}+', ''),
        '([ ]*[(][^()]+[)])?{{ signs }}*$',
        ''
      ),
      '^(role|message_?role|chat_?role|chatmessagerole|message|participant|sender|speaker|author|from|chat)([ _]type)?[ _.:-]+',
      ''
    ), '[ _-]+(message|msg|role|turn|text|prompt|question|utterance|response|reply|answer|input)$', ''
  )
{%- endmacro %}

{#-
  Our name of a role as it stands in the input; null when nobody knows it, it takes the conversation to tell, or it is an object, which is
  nobody's name.
-#}
{% macro role_name(role) -%}
  case
    {%- for theirs, ours in var('kura_roles').items() if theirs | trim not in ['*', '*first'] %}
    when lower(trim({{ role }})) = {{ kura.quoted(theirs | lower | trim) }} then '{{ ours }}'
    {%- if '@' in theirs %}
    when lower(trim({{ role }})) like {{ kura.quoted('%<' ~ (theirs | lower | trim) ~ '>') }} then '{{ ours }}'
    {%- endif %}
    {%- endfor %}
    {%- for ours, theirs in kura.known_roles().items() %}
    when {{ kura.plain_role(role) }} in ('{{ theirs | join("', '") }}') then '{{ ours }}'
    {%- endfor %}
    {%- if '*' in var('kura_roles') and '*first' not in var('kura_roles') %}
    when trim({{ role }}) <> '' and left(trim({{ role }}), 1) <> '{' then '{{ var('kura_roles')['*'] }}'
    {%- endif %}
  end
{%- endmacro %}

{#-
  The role of a message, of a row with a `role` that is null where nobody knows the name: then who speaks first may tell, as `kura_roles`
  says it, or else the shape.
-#}
{% macro role_in_conversation(format) -%}
  {%- set of_shape = kura.input_formats()[format].get('roles', {}) if '*' not in var('kura_roles') else {} -%}
  {%- set roles = dict(of_shape, **var('kura_roles')) -%}
  {%- if '*first' not in roles -%}
  role
  {%- else -%}
  case
    when role is not null or trim(role_as_given) = '' then role
    when
      lower(trim(role_as_given)) = first_value(lower(trim(role_as_given))) over (
        partition by conversation_id
        order by
          case when role is null and trim(role_as_given) <> '' and parse_error is null then 0 else 1 end,
          position,
          source_row
      )
      then '{{ roles['*first'] }}'
    {%- if '*' in roles %}
    when role_as_given is not null then '{{ roles['*'] }}'
    {%- endif %}
  end
  {%- endif -%}
{%- endmacro %}

{#- A conversation with the names of `kura_roles` beside it: the parser may meet them where nobody else would see a role. -#}
{% macro with_roles(messages) -%}
  {%- set pairs = [] -%}
  {%- for theirs, ours in var('kura_roles').items() -%}
    {%- do pairs.append([theirs | lower | trim, "'" ~ ours ~ "'"]) -%}
  {%- endfor -%}
  {%- if pairs -%}
  '{"kura_roles":' || {{ kura.json_to_text(kura.json_object(pairs)) }} || ',"kura_conversation":' || {{ kura.as_json(messages) }} || '}'
  {%- else -%}
  {{ messages }}
  {%- endif -%}
{%- endmacro %}

{#- A text that is JSON, and any other as a text in JSON: what was said may be written down as one. -#}
{% macro as_json(text) %}
  {{ return(adapter.dispatch('as_json', 'kura')(text)) }}
{% endmacro %}

{% macro duckdb__as_json(text) %}{{ return('case when json_valid(' ~ text ~ ') then ' ~ text ~ ' else cast(to_json(' ~ text ~ ') as varchar) end') }}{% endmacro %}

{% macro snowflake__as_json(text) %}{{ return('iff(try_parse_json(' ~ text ~ ') is not null, ' ~ text ~ ', to_json(to_variant(' ~ text ~ ')))') }}{% endmacro %}

{#-
  A select of one row per message out of conversations that hold their messages as JSON: all columns of the relation,
  and message_position, message_id, message_role, message_content, message_created_at, message_error and tool_calls.
-#}
{% macro unnest_messages(relation) %}
  {{ return(adapter.dispatch('unnest_messages', 'kura')(relation)) }}
{% endmacro %}

{% macro duckdb__unnest_messages(relation) %}
    select
        * exclude (message_id, message),
        message.position as message_position,
        message.message_id as message_id,
        message.role as message_role,
        message.content as message_content,
        message.created_at as message_created_at,
        message.error as message_error,
        message.tool_calls as tool_calls
    from (
        select
            *,
            unnest(from_json(
                kura_parse_messages({{ kura.with_roles("coalesce(messages, 'null')") }}),
                '[{"position": "BIGINT", "message_id": "VARCHAR", "role": "VARCHAR", "content": "VARCHAR", "created_at": "VARCHAR", "error": "VARCHAR", "tool_calls": "VARCHAR"}]'
            )) as message
        from {{ relation }}
    ) as parsed
{% endmacro %}

{% macro snowflake__unnest_messages(relation) %}
    select
        parsed.* exclude (message_id, parsed_messages),
        cast(message.value:position as bigint) as message_position,
        cast(message.value:message_id as varchar) as message_id,
        cast(message.value:role as varchar) as message_role,
        cast(message.value:content as varchar) as message_content,
        cast(message.value:created_at as varchar) as message_created_at,
        cast(message.value:error as varchar) as message_error,
        cast(message.value:tool_calls as varchar) as tool_calls
    from (
        select
            *,
            parse_json({{ kura.udf('kura_parse_messages') }}({{ kura.with_roles("coalesce(messages, 'null')") }})) as parsed_messages
        from {{ relation }}
    ) as parsed,
    lateral flatten(input => parsed.parsed_messages) as message
{% endmacro %}

{#-
  A select of one row for everyone who speaks in the content of a message, a tool inside a user's message say: all columns
  of the relation, with `role` and `content` as they are there, and `piece`, from 0.
-#}
{% macro unnest_contents(relation) %}
  {{ return(adapter.dispatch('unnest_contents', 'kura')(relation)) }}
{% endmacro %}

{% macro duckdb__unnest_contents(relation) %}
    select
        * exclude (role, content, said),
        said.position as piece,
        said.role as role,
        said.content as content
    from (
        select
            *,
            unnest(from_json(
                kura_parse_content(role, content), '[{"position": "BIGINT", "role": "VARCHAR", "content": "VARCHAR"}]'
            )) as said
        from {{ relation }}
    ) as parsed
{% endmacro %}

{% macro snowflake__unnest_contents(relation) %}
    select
        parsed.* exclude (role, content, parsed_content),
        cast(said.value:position as bigint) as piece,
        cast(said.value:role as varchar) as role,
        cast(said.value:content as varchar) as content
    from (
        select
            *,
            parse_json({{ kura.udf('kura_parse_content') }}(role, content)) as parsed_content
        from {{ relation }}
    ) as parsed,
    lateral flatten(input => parsed.parsed_content) as said
{% endmacro %}

{#-
  A select of one row per call of a tool out of conversations that hold their calls as JSON: conversation_id, call_number from 1,
  and the fields that the parser tells.
-#}
{% macro unnest_tool_calls(relation) %}
  {{ return(adapter.dispatch('unnest_tool_calls', 'kura')(relation)) }}
{% endmacro %}

{% macro duckdb__unnest_tool_calls(relation) %}
    select
        conversation_id,
        called.position + 1 as call_number,
        called.turn as turn,
        called.tool as tool,
        called.status as status,
        called.error_kind as error_kind,
        called.seconds as seconds,
        called.retries as retries,
        called.repetitions as repetitions
    from (
        select
            conversation_id,
            unnest(from_json(
                tool_calls,
                '[{"position": "BIGINT", "turn": "BIGINT", "tool": "VARCHAR", "status": "VARCHAR", "error_kind": "VARCHAR", "seconds": "DOUBLE", "retries": "BIGINT", "repetitions": "BIGINT"}]'
            )) as called
        from {{ relation }}
    ) as parsed
{% endmacro %}

{% macro snowflake__unnest_tool_calls(relation) %}
    select
        parsed.conversation_id,
        cast(called.value:position as bigint) + 1 as call_number,
        cast(called.value:turn as bigint) as turn,
        cast(called.value:tool as varchar) as tool,
        cast(called.value:status as varchar) as status,
        cast(called.value:error_kind as varchar) as error_kind,
        cast(called.value:seconds as double) as seconds,
        cast(called.value:retries as bigint) as retries,
        cast(called.value:repetitions as bigint) as repetitions
    from (
        select
            conversation_id,
            parse_json(tool_calls) as called_tools
        from {{ relation }}
    ) as parsed,
    lateral flatten(input => parsed.called_tools) as called
{% endmacro %}
