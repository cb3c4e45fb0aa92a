"""How the documentation is built: ``make docs``. Warnings are errors."""

from guardrail import __version__

project = "guardrail-memory"
release = __version__
copyright = "the authors of guardrail-memory, Apache-2.0"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
html_theme = "alabaster"
html_theme_options = {"description": "Withhold and remember", "fixed_sidebar": True}
html_show_sourcelink = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {
    "members": True,  # also fields, whose meaning the docstring of their class tells
    "undoc-members": True,
    "exclude-members": "model_config, model_post_init, settings_customise_sources",
}
python_use_unqualified_type_names = True
add_module_names = False
