"""Keys and tokens by the form that a vendor gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kura_udfs.text.redaction.spans import TURN, Span, has_long_run

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?>(?:[^-]|-(?!----))*)-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|[\w+/=\s\\]*+)"
)
_TOKEN = re.compile(
    r"""(?<![A-Za-z0-9_-])(?=[\w+/=.~%$:-]{14})(?:  # few words are so long
        sk-(?!ssh-|ecdsa-)(?=[\w-]{0,80}[0-9])[\w-]{16,}                        # OpenAI, Anthropic and many who copied them
      | (?!pk_)[a-z]{2,10}_(?:live|test|prod|sandbox|secret)_(?=[A-Za-z]{0,80}[0-9])[A-Za-z0-9]{8,}[\w=-]*  # Stripe, Razorpay
      | duffel_(?:live|test)_[\w=-]{40,}
      | gh[opsur]_[A-Za-z0-9]{20,} | github_pat_\w{20,}          # GitHub
      | gl(?:pat|dt|rt|cbt|ptt|ft|ffct|imt|agent|oas|soat)-[\w.-]{16,} | GR1348941[\w-]{20}  # GitLab
      | xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,} | xapp-[0-9]-[A-Za-z0-9-]{20,}          # Slack
      | (?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|A3T[A-Z0-9])[A-Z0-9]{16}(?![A-Za-z0-9]) | ABSK[A-Za-z0-9+/]{80,}={0,2} | bedrock-api-key-[\w+/=-]{20,}   # AWS
      | AIza[\w-]{30,} | ya29\.[\w-]{20,} | GOCSPX-[\w-]{20,} | 1//0[\w-]{30,}     # Google
      | SG\.[\w=-]{16,}\.[\w=-]{16,} | xkeysib-[a-f0-9]{32,}[\w-]* | key-[a-f0-9]{32} | [a-f0-9]{32}-us[0-9]{1,2}  # mail
      | (?:AC|SK)[a-fA-F0-9]{32}(?![A-Za-z0-9])                  # Twilio
      | (?:hf|npm|whsec|gsk|r8|nvapi|fo1|figd|figo|sbp|glsa|glc|ntn|tvly|ctx7sk|lsv2_pt|lsv2_sk|sntrys|sntryu|tfp)[_-]
        (?=[\w.+/=-]{0,200}[0-9])[\w.+/=-]{16,}
      | pypi-AgE[\w-]{16,} | rubygems_[a-f0-9]{32,} | dckr_[op]at_[\w-]{16,} | cio[A-Za-z0-9]{32}(?![A-Za-z0-9])
      | shp(?:at|ca|pa|ss)_[a-fA-F0-9]{20,} | sq0(?:atp|csp|idp)-[\w-]{20,} | do[opr]_v1_[a-f0-9]{40,}
      | dapi[a-fA-F0-9]{32}(?![A-Za-z0-9])(?:-[0-9])? | lin_api_[A-Za-z0-9]{30,} | secret_[A-Za-z0-9]{40,} | PMA(?:K-[a-f0-9-]{40,}|T-[A-Z0-9]{26})
      | hv[sbr]\.[\w-]{20,} | [A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,} | dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{30,}
      | NR(?:AK|IQ|II|RA|AA|BR)-[\w-]{19,} | NRJS-[a-f0-9]{15,} | (?:eu01xx)?[a-fA-F0-9]{30,40}(?:NRAL|-NRMA) | HRKU-[\w-]{30,} | pscale_(?:tkn|pw|oauth)_[\w.=-]{20,}
      | AT[AC]TT[\w=+/%-]{24,} | EAA[\w-]{40,} | AAAA[A-Za-z0-9_-]{7}:[\w-]{100,}
      | pat[A-Za-z0-9]{14}\.[a-f0-9]{40,} | xai-[A-Za-z0-9]{30,} | pplx-[A-Za-z0-9]{30,} | LTAI[A-Za-z0-9]{12,}
      | AGE-SECRET-KEY-1[A-Z0-9]{40,} | sl\.[\w-]{60,} | access_token\$production\$[a-z0-9$]{30,} | CLOJARS_[a-z0-9]{40,}
      | A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3} | ops_eyJ[\w+/=-]{40,}   # 1Password
      | p8e-[A-Za-z0-9-]{32} | AKCp[A-Za-z0-9]{60,} | cmVmd[A-Za-z0-9]{55,} | eyJrIjoi[A-Za-z0-9+/=]{60,}      # Adobe, Artifactory, Grafana
      | (?:sc|ext|scauth|authress)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][\w.+/=-]{40,} | [\w.~]{3}[0-9]Q~[\w.~-]{31,34}   # Authress, Azure
      | 4b1d[A-Za-z0-9]{38}(?![A-Za-z0-9]) | v1\.0-[a-f0-9]{24}-[a-f0-9]{80,} | dt0[a-z]01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}  # ClickHouse, Cloudflare, Dynatrace
      | (?<!\+)EZ[AT]K[A-Za-z0-9]{54} | [0-9]{15,16}(?:\||%7[Cc]|%)[\w-]{27,40} | FLWSECK(?:_TEST)?-[A-Za-z0-9]{12,32}(?:-X)? | fio-u-[\w=-]{60,}  # EasyPost, Facebook, Flutterwave, Frame.io
      | (?:pat|sat)\.[\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20} | (?:hf|api_org)_[A-Za-z0-9]{34}(?![\w]) | (?<!\.)ico-[A-Za-z0-9]{32}  # Harness, Hugging Face, Infracost
      | s-s4t2(?:ud|af)-[a-f0-9]{64} | [A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk | API-[A-Z0-9]{26}(?![A-Za-z0-9]) | pnu_[A-Za-z0-9]{36}  # 42, MaxMind, Octopus, Prefect
      | pul-[a-f0-9]{40} | rdme_[a-z0-9]{60,} | tk-us-[\w-]{48} | sm_[aps]at_[A-Za-z0-9]{16,} | sgp_(?:[A-Za-z0-9]{5,16}_){0,2}[a-f0-9]{40} | slk_[a-f0-9]{64}  # Pulumi, ReadMe, Scalingo, SettleMint, Sourcegraph
      | fm[12][ar]?_[A-Za-z0-9+/]{40,}={0,3} | ATBB[A-Za-z0-9]{24,} | napi_[A-Za-z0-9]{40,} | csk-[a-z0-9]{40,} | phx_[\w-]{40,} | re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,} | sb_secret_[\w-]{20,}  # Fly, Bitbucket, Neon, Cerebras, PostHog, Resend, Supabase
      | (?:pat-[a-z]{2}[0-9]|api|sdk|mob|px-(?:api|dep)|access-(?:production|sandbox|development))-[a-z0-9]{8}(?:-[a-z0-9]{4}){3}-[a-z0-9]{12}  # HubSpot, LaunchDarkly, Plaid
      | (?:nfp|vc[acikpr]|cf(?:at|k|ut)|aio|cosmo|rnd|bku[a-z]|pcsk|fw|CCIPAT|CCIPRJ|CFPAT|hfp|apify_api|e2b|rpa|sk|sgp|llx)[_-](?=[A-Za-z_-]{0,30}[0-9])(?=(?:[\w-]{0,40}?[0-9][A-Za-z]){2})[\w-]{22,} | CFPAT-[\w-]{40,} | pk_[0-9]{5,9}_[A-Z0-9]{32}
      | (?:app|dataset)-(?=[A-Z0-9]{0,20}[a-z])(?=[a-z0-9]{0,20}[A-Z])(?=[A-Za-z]{0,20}[0-9])[A-Za-z0-9]{24}(?![\w.-]) | wandb_v1_[\w-]{40,} | z_[\w-]{40,}\.[\w-]{30,} | u\+(?=[A-Za-z]{0,9}[0-9])[\w-]{18}(?![\w-])  # Dify, W&B, Zep, PagerDuty
      | (?:waka_|xa[ap]t-|luma-)[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}(?:-[a-f0-9]{8}-[a-f0-9]{4})? | [a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}:[a-f0-9]{32}(?![a-f0-9])  # WakaTime, Axiom, Luma, fal
      | gAAAAAB[\w-]{60,} | tskey-[a-z]{3,10}-[\w-]{13,} | sq[aup]_[a-f0-9]{40} | jina_[A-Za-z0-9]{50,} | tgp_v1_[\w-]{40,} | brv_[A-Za-z0-9]{30,} | fc-[a-f0-9]{32} | AQ\.Ab[\w-]{30,}  # Fernet, Tailscale, SonarQube, Jina, Together, Google
      | [0-9]/[0-9]{15,17}:[a-f0-9]{32} | oy2[a-z0-9]{43} | live_[0-9]{6,12}_[A-Za-z0-9]{20,} | 00D[A-Za-z0-9]{12,15}![\w.]{60,}  # Asana, NuGet, Twitch, Salesforce
      | SWM(?:KEY|TKN)-1-[\w-]{25,} | S[ACNOUX][A-Z2-7]{56}(?!\w) | A{18,}(?=[A-Za-z0-9]{0,60}%[23])[A-Za-z0-9%]{30,} | BBDC-[\w+/=]{40,} | [a-f0-9]{32}-[a-f0-9]{8}-[a-f0-9]{8}(?![\w-])  # Docker, NATS, X, Bitbucket, Mailgun
      | LS0tLS1CRUdJTi(?=B(?:QUklWQVRF|SU0Eg|FQyBQ|PUEVOU1NI|FTkNSWVB|EU0Eg))[\w+/=]{40,} | tkn\.v1_[\w=-]{40,} | amzn\.mws\.[a-f0-9-]{36} | mdb_sa_sk_[\w-]{30,}  # PEM in base64, Teamwork, Amazon, MongoDB
      | da2-[a-z0-9]{26}(?![a-z0-9]) | dnkey-[A-Z0-9-]{40,} | akab-[a-z0-9]{16}-[a-z0-9]{16} | k2sk_v[0-9]_\w{24,} | api_(?:live|sandbox)(?:_[a-z]{2})?\.[\w-]{10,}\.[\w-]{20,}  # AppSync, Defined, Akamai, Kolide, Onfido
      | hawk\.[\w-]{20}\.[\w-]{20} | shltm_[A-Za-z0-9]{40} | VF\.(?:DM|WS)\.[a-f0-9]{24}\.\w{16} | 1000\.[a-f0-9]{32}\.[a-f0-9]{32} | [A-Za-z0-9]{52}JQQJ9[A-Za-z0-9]{6,27}  # StackHawk, Flexport, Voiceflow, Zoho, Azure
      | s\.CAES[\w-]{60,} | s\.(?=[A-Za-z]{0,23}[0-9][A-Za-z]{0,22}[0-9])(?=[a-z0-9]{0,23}[A-Z])[A-Za-z0-9]{24}(?![A-Za-z0-9])  # Vault
      | [0-9]{8,16}:[A-Za-z0-9_-]{34,35}(?![\w-])                # Telegram
      | [MNO][A-Za-z0-9]{23,27}\.[\w-]{6}\.[\w-]{27,40}          # Discord
      | vercel_[A-Za-z0-9]{24}(?![A-Za-z0-9]) | [0-9]{6}(?:-[0-9]{6}){7}(?![\w-])  # BitLocker
      | [0-9A-Z]{5}-(?=[0-9-]{0,22}[A-Z])(?=[A-Z-]{0,22}[0-9])(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}(?![\w-])  # of products
      | \$2[abxy]\$[0-9]{2}\$[A-Za-z0-9./]{53} | \$argon2(?:id?|d)\$v=[\w=,$+/]{40,} | \$(?:[15-9]|y|gy)\$(?:rounds=[0-9]+\$)?[A-Za-z0-9./$]{20,} | \$krb5(?:asrep|tgs|pa)\$[^\s'"]{40,} | pbkdf2_sha(?:1|256|512)\$[0-9]+\$[\w+/=$]{20,}  # of passwords
      | eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]+){0,3}                 # JWT, signed or encrypted
    )
    | (?<=[/=!\#+t])(?:(?<=/bot)[0-9]{8,16}:[A-Za-z0-9_-]{35}(?![\w-])
    | (?<=_session=)(?=[\w%.-]{0,80}[0-9])[\w%.-]{20,}
    | (?<=hooks\.slack\.com/services/)[A-Za-z0-9]{6,}/[A-Za-z0-9]{6,}/(?!X{16})\w{16,}
    | (?<=/api/webhooks/)[0-9]{15,}/[\w-]{40,}
    | (?<=chat\.whatsapp\.com/)(?:invite/)?[A-Za-z0-9]{20,24}(?![\w]) | (?<=t\.me/\+)[\w-]{14,24} | (?<=t\.me/joinchat/)[\w-]{14,24}
    | (?<=1drv\.ms/[a-z]/s!)[\w-]{16,}(?:\?e=\w{1,16})? | (?<=1drv\.ms/[a-z]/c/)[a-f0-9]{16}/[\w-]{20,}(?:\?e=\w{1,16})?
    | (?<=mega\.nz/file/[\w-]{8}\#)[\w-]{43} | (?<=mega\.nz/folder/[\w-]{8}\#)[\w-]{22}
    | (?<=webhook\.office\.com/webhookb2/)[\w@/-]{40,})""",
    re.VERBOSE | re.ASCII,  # Chinese and Japanese go on without a space
)

# Letters of both sizes and digits in two places, or digits in four; no ULID, which begins with its time
_BY_CHANCE = (
    r"(?!01[0-9A-HJKMNP-TV-Z]{24}(?![A-Za-z0-9]))(?=[A-Za-z]{0,30}[0-9]++[A-Za-z]{1,30}[0-9])"
    r"(?:(?=[A-Z0-9]{0,20}[a-z])(?=[a-z0-9]{0,20}[A-Z])|(?=(?:[A-Za-z]{0,20}[0-9]++){4}))[A-Za-z0-9]"
)
_MASKED = re.compile("[xX]{8}|(?:EXAMPLE){2}")  # ghp_xxxxxxxxxxxx
_ROW = re.compile("[0-9a-z][_-][0-9A-Za-z]{22}")
# What vendors put before their keys, words that say what they are, and whatever else has the form that vendors have
# agreed on. Objects have names and numbers like that, too, most of them shorter.
_KEY_OF_A_FORM = re.compile(
    rf"""(?<![A-Za-z0-9_-])(?:
        (?:fw|sk|hb|am|m0|xau|unkey|crsr|sk_car|bb_live|llx)[_-]{_BY_CHANCE}{{22,}}
      | (?!pk[_-])(?:[a-z0-9]{{2,12}}[_-]){{0,2}}(?:[a-z]{{0,8}}key|[a-z]{{0,8}}sec|secret|token|[po]at|tkn|live)[_-](?:prod[_-])?{_BY_CHANCE}{{22,}}\w*
      | (?<![/.=+$])[a-z][a-z0-9]{{1,9}}(?:_[a-z0-9]{{2,8}}){{0,2}}_(?<!sha1_)(?<!hash_)(?<!commit_)(?:[a-f0-9]{{64}}|[a-f0-9]{{40}})(?![\w.-])
      | (?<![/.=+$])(?!sha[0-9]|md5|blake|main|chunk|index|cs_|file|resp|test)[a-z][a-z0-9]{{1,9}}(?:[_-][a-z0-9]{{2,8}})?[_-]
        (?=[A-Z0-9]{{0,12}}[a-z])(?=[a-z0-9]{{0,12}}[A-Z])(?P<row>[A-Za-z0-9]{{32,128}})(?![/+=.-]?\w)
    )""",
    re.VERBOSE,
)


def private_keys(text: str) -> Iterator[Span]:
    """Find PEM and PGP blocks, also ones that are cut off."""
    if "-----BEGIN" in text:
        for match in _PRIVATE_KEY.finditer(text):
            yield *match.span(), "[secret]"


def keys(text: str) -> Iterator[Span]:
    """Find keys and tokens by their form."""
    if has_long_run(text):
        for match in _TOKEN.finditer(text):
            if not _MASKED.search(match[0]):
                yield *match.span(), "[secret]"


def keys_of_a_form(text: str) -> Iterator[Span]:
    """Find keys and tokens of other vendors, whose names are seen and whose rows are of letters and digits in turns."""
    if _ROW.search(text):
        for match in _KEY_OF_A_FORM.finditer(text):
            if not match["row"] or len(TURN.findall(match["row"])) >= 6:
                yield *match.span(), "[secret]"
