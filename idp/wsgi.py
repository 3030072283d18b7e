"""The application as WSGI servers load it: ``idp.wsgi:application``, with its logs configured."""

import gc

from idp import logs
from idp.app import create_app

application = create_app()
logs.configure_for(application)
# What is loaded by now stays for ever: searching it for garbage would stop the process for a fifth of a second,
# now and then, in the middle of a request.
gc.collect()
gc.freeze()
# A page of two hundred groupes makes some hundred thousand objects, nearly all of them gone with the request.
gc.set_threshold(50_000, 20, 20)
