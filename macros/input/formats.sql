{#-
  The input shapes, the most telling first. `signature`: columns that give a shape away, of a list any. `columns`: under which
  names a field may be found, beside those that all shapes share. `required`: fields without which nothing can be done.
  A shape without a signature is read only where `kura_input_format` names it. `speaker`: the role of all who speak.
  Shapes whose conversations may stand in several rows have `gathers` (what a row is: a call or an event), `parts` (what of a
  row goes to the parser), `ids` (the first that a row has is the conversation's; a list is a path) and perhaps `alone` (a row without any
  is a conversation of its own) or `in_files` (each file is one). `roles`: what `kura_roles` is where it says nothing of names that nobody
  knows. docs/inputs.md has all.
-#}
{% macro input_formats() %}
  {% set session_ids = [
      'conversation_id', 'chat_id', 'thread_id', 'session_id', 'conversation_name', 'conversations_thread_id', 'thread_path',
      'conversation_uuid', 'session_uuid', 'composer_id', 'chat_session_id', 'conversation_key', 'conv_id', 'convo_id', 'room_id',
      'chatroom_id', 'thread_identifier',
      'gespraech_id', 'gespräch_id', 'gespraechs_id', 'gesprächs_id', 'konversation_id', 'konversations_id', 'unterhaltung_id',
      'sitzung_id',
      'sitzungs_id', 'id_conversacion', 'id_conversación', 'conversacion_id', 'id_sesion', 'sesion_id', 'id_conversation', 'id_session',
      'id_chat', 'id_conversa', 'conversa_id', 'atendimento_id', 'id_atendimento', 'id_sessao', 'sessao_id', 'id_conversazione',
      'conversazione_id', 'gesprek_id', 'id_de_conversación', 'id_de_conversacion', 'id_de_la_conversación', 'id_de_conversation',
      'identifiant_conversation', 'id_da_conversa', 'id_de_conversa', 'id_della_conversazione', 'gesprächsnummer', 'gespraechsnummer', 'chat_nr',
      'id_диалога', 'id_чата', 'id_беседы', '会話id', 'スレッドid', 'セッションid', 'チャットid', '会话id', '对话id', '會話id', '對話id', '대화id', '채팅id',
      'id_rozmowy', 'id_konwersacji', 'id_konverzace', 'konuşma_id', 'görüşme_id', 'sohbet_id', 'samtals_id', 'samtale_id', 'id_розмови', 'id_діалогу'
  ] %}
  {% set ticket_ids = [
      'ticket_id', 'case_id', 'call_id', 'interaction_id', 'dialog_id', 'dialogue_id', 'conversation_sid', 'ticket_number', 'case_number',
      'id_ticket', 'anruf_id', 'vorgang_id', 'vorgangs_id', 'vorgangsnummer', 'ticketnummer', 'fallnummer', 'ticket_nr', 'ticket_no',
      'case_no', 'número_de_ticket', 'numero_de_ticket', 'numéro_de_ticket', 'チケット番号', '工单号'
  ] %}
  {% set conversation_ids = session_ids[:1] + ['conversation_hash'] + session_ids[1:] + ticket_ids + ['uuid', 'id'] %}
  {% set message_ids = ['message_id', 'uuid', 'id'] %}
  {% set metadata_ids = [
      ['metadata', 'session_id'], ['metadata', 'sessionId'], ['metadata', 'thread_id'], ['metadata', 'conversation_id'],
      ['requestMetadata', 'sessionId'], ['requestMetadata', 'session_id'], ['conversation', 'id']
  ] %}
  {% set call_ids = ['trace_id', 'root_span_id', 'request_id', 'databricks_request_id', 'correlation_id', 'uuid', 'id'] %}
  {% set lists = ['messages', 'history', 'chat_history', 'turns', 'dialog', 'dialogue', 'chunked_prompt'] %}
  {% set parts_of_tickets = [
      'requester_id', 'requester', 'primaryCustomer', 'subject', 'description_text', 'description', 'source', 'comments',
      'conversation_parts', 'conversations', 'messages', 'thread', '_embedded', 'participants', 'users', 'members', 'created_at', 'createdAt',
      'created'
  ] %}
  {% set message_texts = [
      'content', 'text', 'message', 'body', 'value', 'parts', 'utterance', 'body_text', 'plain_body', 'payload', 'message_parts'
  ] + kura.other_texts() %}
  {% set parts_of_messages = message_texts + [
      'id', 'message_id', 'type', 'subtype', 'public', 'private', 'internal', 'attachments', 'files', 'created_at', 'createdAt',
      'created_datetime', 'sent_datetime', 'sent_at', 'sentAt', 'time', 'message_date', 'date', 'timestamp', 'updated_at', 'updatedAt'
  ] %}
  {{ return({
      'tickets': {
          'signature': [
              ['requester_id', 'requester', 'primary_customer', 'conversation_parts'],
              ['description_text', 'description', 'comments', 'conversations', 'conversation_parts', '_embedded'],
              ticket_ids + ['id', 'display_id']
          ],
          'gathers': 'calls',
          'ids': ticket_ids + ['id', 'display_id'],
          'alone': true,
          'parts': parts_of_tickets,
          'columns': {'user_id': ['requester_id']},
          'required': ['messages'],
      },
      'chatgpt': {
          'signature': ['mapping'],
          'columns': {'conversation_id': conversation_ids, 'messages': ['mapping']},
          'required': ['messages'],
      },
      'claude': {
          'signature': ['chat_messages'],
          'columns': {'conversation_id': ['uuid'] + conversation_ids, 'messages': ['chat_messages']},
          'required': ['messages'],
      },
      'open_webui': {
          'signature': ['chat', ['title', 'user_id']],
          'columns': {'conversation_id': ['id'] + conversation_ids, 'messages': ['chat']},
          'required': ['messages'],
      },
      'wildchat': {
          'signature': ['conversation_hash', 'conversation'],
          'columns': {'conversation_id': conversation_ids, 'messages': ['conversation'], 'user_id': ['hashed_ip']},
          'required': ['messages'],
      },
      'preferences': {
          'signature': [['chosen', 'preferred_output'], ['rejected', 'non_preferred_output']],
          'gathers': 'calls',
          'ids': ['id'],
          'alone': true,
          'parts': [
              'system', 'system_prompt', 'instruction', 'question', 'prompt', 'input', 'messages', 'conversations', 'conversation', 'chosen',
              'preferred_output'
          ],
          'columns': {},
          'required': ['messages'],
      },
      'sharegpt': {
          'signature': [['conversations', 'conversation']],
          'columns': {'conversation_id': conversation_ids, 'messages': ['conversations', 'conversation']},
          'required': ['messages'],
      },
      'batch': {
          'signature': ['custom_id', ['body', 'params', 'response', 'result']],
          'gathers': 'calls',
          'ids': ['custom_id'],
          'parts': ['body', 'params', 'response', 'result'],
          'columns': {},
          'required': ['messages'],
      },
      'trees': {
          'signature': ['message_tree_id', ['prompt', 'parent_id']],
          'gathers': 'events',
          'ids': ['message_tree_id'],
          'parts': ['prompt', 'message_id', 'parent_id', 'role', 'text', 'created_date', 'rank'],
          'columns': {},
          'required': ['messages'],
      },
      'codex': {
          'signature': ['timestamp', 'type', 'payload'],
          'gathers': 'events',
          'in_files': true,
          'ids': session_ids,
          'parts': ['timestamp', 'type', 'payload'],
          'columns': {},
          'required': ['messages'],
      },
      'live': {
          'signature': ['event_id', 'type', ['item', 'response', 'transcript'], session_ids],
          'gathers': 'events',
          'ids': session_ids,
          'parts': ['type', 'item', 'item_id', 'response', 'session', 'transcript', 'text', 'timestamp', 'created_at'],
          'columns': {},
          'required': ['messages'],
      },
      'bots': {
          'signature': ['inputTranscript', ['messages', 'botResponse']],
          'gathers': 'calls',
          'ids': session_ids + ['user_id'] + call_ids,
          'alone': true,
          'parts': ['inputTranscript', 'messages', 'botResponse'],
          'columns': {},
          'required': ['messages'],
      },
      'dialogflow': {
          'signature': [['queryInput', 'queryResult'], session_ids + ['labels', 'session']],
          'gathers': 'calls',
          'ids': session_ids + [['labels', 'session_id'], 'session'],
          'parts': ['queryInput', 'queryResult'],
          'columns': {},
          'required': ['messages'],
      },
      'librechat': {
          'signature': ['isCreatedByUser', session_ids],
          'gathers': 'events',
          'ids': session_ids,
          'parts': [
              'messageId', 'parentMessageId', 'isCreatedByUser', 'sender', 'text', 'content', 'createdAt', 'updatedAt', 'files', 'attachments'
          ],
          'columns': {'user_id': ['user']},
          'required': ['messages'],
      },
      'log': {
          'signature': ['sessionId', 'type', ['message', 'uuid']],
          'gathers': 'events',
          'ids': ['sessionId'],
          'parts': [
              'type', 'message', 'uuid', 'sessionId', 'timestamp', 'content', 'attachment', 'isSidechain', 'isMeta', 'isCompactSummary',
              'isVisibleInTranscriptOnly'
          ],
          'columns': {},
          'required': ['messages'],
      },
      'spans': {
          'signature': [kura.span_columns()],
          'gathers': 'calls',
          'ids': [
              ['properties', '$ai_session_id'], ['properties.$ai_session_id'], ['$ai_session_id'], ['gen_ai.conversation.id'],
              ['gen_ai_conversation_id'], ['attributes', 'gen_ai.conversation.id'],
              ['attributes', 'session.id'], ['span_attributes', 'gen_ai.conversation.id'], ['span_attributes', 'session.id'],
              ['record_attributes', 'gen_ai.conversation.id'], 'attributes.session.id'
          ] + session_ids + [
              'trace_id', ['trace', 'trace_id'], 'context.trace_id', ['properties', '$ai_trace_id'], ['properties.$ai_trace_id'],
              ['$ai_trace_id'], 'span_id', 'id'
          ],
          'parts': kura.span_columns() + [
              'events', 'body', 'event_name', 'eventName', 'name', 'timestamp', 'attributes.openinference.span.kind', 'attributes.tool.name',
              'attributes.input.value', 'attributes.output.value'
          ] + kura.tool_columns(),
          'columns': {'created_at': ['start_time_unix_nano', 'start_time', 'start_timestamp', 'time_unix_nano', 'timestamp', 'time']},
          'required': ['messages'],
      },
      'langsmith': {
          'signature': ['inputs', 'outputs', ['trace_id', 'dotted_order', 'session_name']],
          'gathers': 'calls',
          'ids': ['thread_id', ['extra', 'metadata', 'session_id'], ['extra', 'metadata', 'thread_id'],
              ['extra', 'metadata', 'conversation_id']] + metadata_ids,
          'own_ids': call_ids,
          'alone': true,
          'parts': ['inputs', 'outputs', 'run_type', 'name'] + kura.tool_columns(),
          'columns': {'created_at': ['start_time']},
          'required': ['messages'],
      },
      'calls': {
          'signature': [kura.asked_columns() + ['instruction'], kura.answered_columns()],
          'gathers': 'calls',
          'ids': session_ids + metadata_ids + [['response', 'context', 'conversation_id']] + [
              'dialog_id', 'dialogue_id', 'ticket_id', 'case_id'
          ],
          'own_ids': call_ids,
          'alone': true,
          'parts': [
              'proxy_server_request', 'system', 'instructions', 'system_prompt', 'systemInstruction', 'system_instruction', 'instruction',
              'history', 'chat_history'
          ] + kura.asked_columns() + kura.answered_columns() + ['type', 'name'] + kura.tool_columns(),
          'columns': {'created_at': ['start_time', 'start_timestamp', 'request_time', 'request_created_at', 'started_at']},
          'required': ['messages'],
      },
      'tasks': {
          'signature': ['contextId', 'history', ['status', 'artifacts']],
          'gathers': 'calls',
          'ids': ['contextId'],
          'own_ids': ['id'],
          'alone': true,
          'parts': ['history', 'artifacts', 'status'],
          'columns': {},
          'required': ['messages'],
      },
      'conversations': {
          'signature': [lists],
          'columns': {'conversation_id': conversation_ids, 'messages': lists},
          'required': ['messages'],
      },
      'openai': {
          'signature': ['messages'],
          'columns': {'conversation_id': conversation_ids},
          'required': ['messages'],
      },
      'copilot': {
          'signature': ['requests', ['responderUsername', 'requesterUsername']],
          'columns': {'conversation_id': conversation_ids, 'messages': ['requests'], 'created_at': ['creationDate']},
          'required': ['messages'],
      },
      'assistants': {
          'signature': ['data', conversation_ids],
          'columns': {'conversation_id': conversation_ids, 'messages': ['data']},
          'required': ['messages'],
      },
      'replies': {
          'signature': ['from', 'body', 'replyToId'],
          'gathers': 'events',
          'ids': ['chat_id', 'replyToId', 'id'],
          'parts': [
              'id', 'from', 'body', 'replies', 'attachments', 'createdDateTime', 'lastModifiedDateTime', 'deletedDateTime', 'messageType'
          ],
          'columns': {},
          'required': ['messages'],
      },
      'matrix': {
          'signature': ['origin_server_ts', 'sender', 'content'],
          'gathers': 'events',
          'ids': ['room_id'],
          'parts': ['event_id', 'type', 'sender', 'content', 'origin_server_ts'],
          'columns': {'created_at': ['origin_server_ts']},
          'required': ['messages'],
      },
      'issues': {
          'signature': [
              ['comments', 'comment', 'post_stream', 'answers'],
              ['title', 'summary', 'subject'],
              ['id', 'number', 'key', 'topic_id', 'question_id']
          ],
          'gathers': 'calls',
          'ids': ['id', 'topic_id', 'question_id', 'key', 'number'],
          'alone': true,
          'parts': [
              'comments', 'comment', 'post_stream', 'answers', 'title', 'summary', 'subject', 'body', 'description', 'selftext',
              'reporter', 'user',
              'author', 'owner', 'creator', 'created_at', 'createdAt', 'created', 'created_utc', 'creation_date'
          ],
          'columns': {},
          'required': ['messages'],
      },
      'senders': {
          'signature': [kura.sender_columns(), message_texts],
          'gathers': 'events',
          'ids': session_ids + ticket_ids + ['rid', ['conversation', 'id'], ['_links', 'related', 'conversation']],
          'parts': kura.sender_columns() + parts_of_messages + ['_id', 't', 'ts'],
          'columns': {},
          'required': ['messages'],
      },
      'messages': {
          'signature': ['role', 'content'],
          'columns': {
              'conversation_id': conversation_ids[:-2] + ['conversation', 'link_id'],
              'message_id': message_ids,
              'role': [
                  'role', 'sender_type', 'sender_role', 'author_role', 'author_type', 'participant_role', 'speaker_role', 'actor_type',
                  'participant_type', 'participant_purpose', 'sender_kind', 'author_kind', 'from_type', 'speaker_type', 'rolle', 'absender_typ', 'rol',
                  'rôle', 'papel', 'ruolo', 'роль', '役割', 'ロール', '角色', '역할', 'rola',
                  'direction'
              ] + kura.name_columns(),
              'content': message_texts,
          },
          'required': ['conversation_id', 'role', 'content'],
      },
      'transcripts': {
          'signature': [kura.transcript_columns()],
          'gathers': 'calls',
          'ids': session_ids + ticket_ids + [
              'contact_id', ['CustomerMetadata', 'ContactId'], 'recording_id', 'sender_id', 'jobName', ['metadata', 'request_id'],
              'uuid', 'id'
          ],
          'alone': true,
          'parts': kura.transcript_columns() + ['participants', 'users', 'members'],
          'columns': {'created_at': ['start_time', 'started_at', 'start_timestamp', 'call_start']},
          'required': ['messages'],
      },
      'texts': {
          'speaker': 'user',
          'columns': {
              'conversation_id': conversation_ids,
              'message_id': message_ids,
              'content': [
                  'content', 'text', 'message', 'body', 'value', 'comment', 'feedback', 'review', 'description', 'utterance', 'answer',
                  'question', 'prompt', 'query', 'request', 'input'
              ],
          },
          'required': ['content'],
      },
      'slack': {
          'signature': ['type', 'ts', 'text', ['user', 'bot_id'],
              ['thread_ts', 'client_msg_id', 'team', 'blocks', 'subtype', 'reactions', 'edited']],
          'gathers': 'events',
          'ids': ['thread_ts', 'ts'],
          'parts': ['type', 'subtype', 'ts', 'text', 'blocks', 'files', 'attachments'],
          'roles': {'*first': 'user', '*': 'assistant'},
          'columns': {'created_at': ['ts']},
          'required': ['messages'],
      },
      'voiceflow': {
          'signature': ['turnID', 'type', 'payload', 'format'],
          'gathers': 'events',
          'in_files': true,
          'ids': session_ids + ['transcript_id'],
          'parts': ['turnID', 'type', 'payload', 'startTime'],
          'columns': {'created_at': ['startTime']},
          'required': ['messages'],
      },
      'takeout': {
          'signature': ['header', 'title', 'time', 'products', 'safeHtmlItem'],
          'gathers': 'calls',
          'ids': [],
          'alone': true,
          'parts': ['title', 'safeHtmlItem'],
          'columns': {},
          'required': ['messages'],
      },
      'message_store': {
          'signature': [['message', 'message_data'], session_ids],
          'gathers': 'events',
          'ids': session_ids,
          'parts': ['message', 'message_data', 'created_at', 'createdAt', 'timestamp'],
          'columns': {},
          'required': ['messages'],
      },
  }) }}
{% endmacro %}
