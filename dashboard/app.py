"""The dashboard's entry: `productpulse dashboard` runs it."""

from pathlib import Path

import streamlit as st

from dashboard import texts

ICON = str(Path(__file__).with_name("icon.svg"))
st.set_page_config(page_title=texts.PRODUCT, page_icon=ICON, layout="wide")
PAGES = {
    texts.SECTION_COMPANY: [
        st.Page(
            "app_pages/overview.py",
            title=texts.OVERVIEW,
            icon=":material/dashboard:",
            url_path="overview",
            default=True,
        ),
    ],
    texts.SECTION_PEOPLE: [
        st.Page("app_pages/active_users.py", title=texts.ACTIVE_USERS, icon=":material/groups:"),
        st.Page("app_pages/retention.py", title=texts.RETENTION, icon=":material/grid_on:"),
        st.Page("app_pages/funnels.py", title=texts.FUNNELS, icon=":material/filter_alt:"),
    ],
    texts.SECTION_MONEY: [
        st.Page("app_pages/revenue.py", title=texts.REVENUE, icon=":material/payments:"),
        st.Page("app_pages/customers.py", title=texts.CUSTOMERS, icon=":material/domain:"),
    ],
    texts.SECTION_TRUST: [
        st.Page("app_pages/metrics.py", title=texts.METRICS, icon=":material/menu_book:"),
    ],
}
# Streamlit leaves a sixth of a wide page empty.
st.html("<style>.stMainBlockContainer {padding-left: 2.5rem; padding-right: 2.5rem}</style>")
chosen = st.navigation(PAGES)
try:
    chosen.run()
except Exception:
    # Streamlit's own signals are not Exceptions. The traceback goes to the terminal.
    import traceback

    traceback.print_exc()
    st.error(texts.UNEXPECTED, icon=":material/error:")
