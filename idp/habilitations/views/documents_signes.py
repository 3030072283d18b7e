"""Which certificates sign our documents: published for who receives one, with how to check it."""

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Response, make_response, render_template

from idp import signed_documents
from idp.extensions import ground
from idp.habilitations.views.blueprint import blueprint
from idp.web import public

PAGE = "/aide/documents-signes"


@blueprint.get(PAGE)
@public
def documents_signes() -> str:
    """Fingerprints of the certificates, and how a reader of PDF checks a signature."""
    certificats = signed_documents.certificates(ground().settings.keys_dir)
    return render_template(
        "aide/documents_signes.html",
        certificats=[
            (signed_documents.fingerprint(one), one.not_valid_before_utc, one.not_valid_after_utc)
            for one in certificats
        ],
    )


@blueprint.get(PAGE + "/certificats.pem")
@public
def certificats_des_documents() -> Response:
    """The certificates themselves, one after the other."""
    certificats = signed_documents.certificates(ground().settings.keys_dir)
    response = make_response(b"".join(one.public_bytes(Encoding.PEM) for one in certificats))
    response.content_type = "application/x-pem-file"
    return response
