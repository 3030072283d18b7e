"""The application as WSGI servers load it: ``idp.wsgi:application``, with its logs configured."""

from idp import logs
from idp.app import create_app

application = create_app()
logs.configure_for(application)
