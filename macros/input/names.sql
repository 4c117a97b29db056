{#- The fields that the staging models read, and the roles that a message can have. -#}
{% macro input_fields() %}
  {{ return([
      'conversation_id', 'message_id', 'message_number', 'role', 'content', 'created_at', 'updated_at', 'user_id', 'metadata', 'messages'
  ]) }}
{% endmacro %}

{% macro roles() %}
  {{ return(['user', 'assistant', 'system', 'developer', 'tool']) }}
{% endmacro %}

{#- Under which names a field may be found in every shape. -#}
{% macro shared_names() %}
  {{ return({
      'created_at': ['created_at', 'create_time', 'created', 'timestamp', 'timestamp_ms', 'sent_at', 'sent_on', 'created_on', 'message_time',
          'start_time', 'date_created', 'created_date', 'creation_date', 'started_at', 'datetime', 'tstamp', 'sent_time', 'posted_at',
          'event_time', 'event_timestamp', 'entry_time', 'message_date', 'request_timestamp', 'created_datetime', 'sent_datetime', 'logging_time', 'TimeGenerated',
          'date', 'ts', 'time', 'inserted_at', 'create_at',
          'created_utc', 'erstellt_am', 'gesendet_am', 'zeitstempel', 'zeitpunkt', 'datum', 'zeit',
          'fecha_hora', 'fecha_envio', 'fecha_de_envío', 'fecha_creacion', 'enviado_en', 'creado_en', 'fecha', 'horodatage',
          'date_heure', 'date_envoi', 'date_creation',
          'envoye_le', 'cree_le', 'data_hora', 'data_envio', 'enviado_em', 'criado_em', 'data_criacao', 'data_ora', 'data_invio',
          'verzonden_op', 'aangemaakt_op', 'sys_created_on', 'created_time', 'fecha_y_hora', 'date_d_envoi', 'date_et_heure', 'data_e_hora',
          'data_e_ora', 'дата', 'дата_и_время', 'время', '日時', '送信日時', '作成日時', '時刻', '时间', '時間', '发送时间', '创建时间', '日期', '시간', '일시',
          '날짜', 'tarih', 'tarih_saat', 'zaman', 'data_i_godzina', 'czas', 'tidpunkt', 'tidspunkt', 'čas', 'дата_й_час', 'час', 'wann'],
      'updated_at': ['updated_at', 'update_time', 'updated', 'modified_at', 'last_modified', 'lastModifiedDateTime', 'saved_at'],
      'user_id': ['user_id', 'customer_id'],
      'message_number': ['message_number', 'message_index', 'turn_number', 'turn_index', 'turn', 'sequence_number', 'sequence', 'seq',
          'message_no', 'message_num', 'message_order', 'msg_no', 'msg_index', 'turn_no', 'turn_id', 'sequence_no', 'seq_no', 'position',
          'ordinal', 'order_index', 'sort_order', 'line_number', 'step', 'index', 'idx'],
  }) }}
{% endmacro %}

{#- Where tools keep what was asked of a model and what it answered. -#}
{% macro asked_columns() %}
  {{ return([
      'messages', 'input', 'inputs', 'prompt', 'question', 'query', 'request', 'request_body', 'backend_request_body', 'full_request',
      'request_payload', 'request_messages', 'prompt_messages', 'contents'
  ]) }}
{% endmacro %}

{% macro answered_columns() %}
  {{ return([
      'output', 'outputs', 'response', 'response_body', 'backend_response_body', 'full_response', 'response_payload', 'response_messages',
      'completion', 'completion_message', 'prompt_response', 'answer',
      'choices', 'candidates', 'generated_text', 'generation'
  ]) }}
{% endmacro %}

{#- Where a call, a chat or a ticket stands as it was written down: as a text, or as a list of what was said. -#}
{% macro transcript_columns() %}
  {{ return([
      'transcript_object', 'audio_segments', 'transcripts', 'utterances', 'transcript', 'phrases', 'recognizedPhrases',
      'threads', 'thread', 'entries',
      'events', 'logs', 'log',
      '_embedded', 'comments',
      'concatenated_transcript', 'chat_transcript', 'call_transcript'
  ]) }}
{% endmacro %}

{#- Where a message says who sends it: what they are, or what they are called. -#}
{% macro name_columns() %}
  {{ return([
      'sender', 'from', 'author', 'speaker', 'absender', 'sprecher', 'verfasser', 'remitente', 'emisor', 'autor', 'hablante', 'expediteur',
      'expéditeur', 'auteur', 'locuteur', 'remetente', 'mittente', 'autore', 'afzender', 'speaker_label', 'speaker_name', 'sender_name',
      'sender_full_name',
      'author_name', 'sender_display_name', 'author_display_name', 'отправитель', 'автор', '送信者', '発言者', '話者', '发送者', '发送人', '發送者', '说话人', '발신자', '보낸사람', '화자'
  ]) }}
{% endmacro %}

{#- Where a message says who sends it, as an object or by a sign. -#}
{% macro sender_columns() %}
  {{ return(['sender', 'from', 'author', 'direction', 'u'] + kura.sign_columns()) }}
{% endmacro %}

{#- Signs of a message: it is a customer's, or it is not. -#}
{% macro sign_columns() %}
  {{ return([
      'from_agent', 'is_agent', 'from_me', 'from_bot', 'is_outgoing', 'outgoing', 'incoming', 'inbound', 'is_inbound', 'is_incoming',
      'is_user', 'from_user', 'is_customer', 'from_customer', 'is_bot', 'is_ai', 'is_assistant', 'is_human', 'is_from_user',
      'is_from_customer', 'is_from_bot', 'is_from_agent', 'is_from_me'
  ]) }}
{% endmacro %}

{#- What a row that is a call of a tool itself says of how it ended. -#}
{% macro tool_columns() %}
  {{ return([
      'error', 'level', 'status', 'status_code', 'StatusCode', 'statusMessage', 'status_message', 'StatusMessage', 'end_time', 'endTime',
      'end_timestamp', 'endTimeUnixNano', 'end_time_unix_nano'
  ]) }}
{% endmacro %}

{#- Columns of spans of OpenTelemetry. -#}
{% macro span_columns() %}
  {{ return([
      'gen_ai.input.messages', 'gen_ai.output.messages', 'gen_ai.system_instructions', 'gen_ai.prompt', 'gen_ai.completion',
      'gen_ai_input_messages', 'gen_ai_output_messages', 'gen_ai_system_instructions', 'input_messages', 'output_messages',
      'system_instructions', 'attributes.llm.input_messages', 'attributes.llm.output_messages', 'attributes', 'span_attributes',
      'SpanAttributes', 'record_attributes', 'LogAttributes', 'log_attributes', 'properties', '$ai_input', '$ai_output_choices',
      'properties.$ai_input',
      'properties.$ai_output_choices'
  ]) }}
{% endmacro %}

{#- The names of columns that a row of calls or events is known by, its parent's, and how the parser calls some others. -#}
{% macro row_ids() %}
  {{ return(['span_id', 'context.span_id', 'run_id', 'id', 'uuid', 'message_id', 'request_id']) }}
{% endmacro %}

{#- A `parent_id` is a span's around this one, but elsewhere it may be that of the turn before. -#}
{% macro parent_ids(format) %}
  {{ return(['parent_span_id', 'parent_run_id', 'parent_observation_id', 'parent_run_ids'] + (['parent_id'] if format == 'spans' else [])) }}
{% endmacro %}

{#- What people call the text of a message in tables of their own, which the parser needn't know. -#}
{% macro other_texts() %}
  {{ return([
      'msg', 'message_text', 'message_body', 'message_content', 'msg_text', 'text_body', 'content_json', 'content_text', 'nachricht', 'inhalt', 'nachrichtentext',
      'mensaje',
      'contenido', 'texto', 'contenu', 'texte', 'mensagem', 'conteudo', 'conteúdo', 'messaggio', 'contenuto', 'testo', 'bericht', 'inhoud',
      'сообщение', 'текст', 'メッセージ', '本文', '内容', '発言', '消息', '內容', '訊息', '文本', '메시지', '내용', '본문',
      'wiadomość', 'wiadomosc', 'treść', 'tresc', 'mesaj', 'metin', 'meddelande', 'besked', 'melding', 'zpráva', 'повідомлення'
  ]) }}
{% endmacro %}

{% macro parser_name(part) %}
  {{ return({
      'gen_ai_input_messages': 'gen_ai.input.messages', 'gen_ai_output_messages': 'gen_ai.output.messages',
      'gen_ai_system_instructions': 'gen_ai.system_instructions', 'span_attributes': 'attributes', 'SpanAttributes': 'attributes',
      'record_attributes': 'attributes', 'properties': 'attributes', 'message_data': 'message', 'request_body': 'request',
      'backend_request_body': 'request', 'full_request': 'request', 'request_payload': 'request', 'request_messages': 'messages',
      'prompt_messages': 'messages', 'completion_message': 'output', 'prompt_response': 'output',
      'response_body': 'response', 'backend_response_body': 'response',
      'full_response': 'response', 'response_payload': 'response', 'response_messages': 'output', 'LogAttributes': 'attributes',
      'log_attributes': 'attributes', 'preferred_output': 'chosen',
  }.get(part, 'content' if part in kura.other_texts() else part)) }}
{% endmacro %}
