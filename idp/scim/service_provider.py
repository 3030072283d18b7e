"""What this server says of itself: its capabilities and limits, its resource types and their schemas.

RFC 7643 §5 to §8, RFC 7644 §4. Built from what is implemented; the endpoints that tell it are in
``discovery.py``.
"""

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ETag,
    Filter,
    Patch,
    Reference,
    ResourceType,
    Schema,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
)

from idp.scim.resources import Group, Managed, ManagedUser, User

MAX_RESULTS = 200
MAX_OPERATIONS = 200
MAX_PAYLOAD_BYTES = 1024 * 1024

TOLERANT = ScimPolicy(
    # Directories send every attribute that they have: what we do not keep is not held against them.
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
"""What we bear of a document. A PATCH names what it changes: an attribute that we do not keep is refused there."""
OF_PATCH = TOLERANT.model_copy(update={"unknown": ScimPolicy.Unknown.forbid})

CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=True, max_operations=MAX_OPERATIONS, max_payload_size=MAX_PAYLOAD_BYTES),
    filter=Filter(supported=True, max_results=MAX_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="OAuth 2.0 client credentials",
            description=(
                "Access token of the token endpoint, scope scim; the program proves who it is by private_key_jwt"
                " (RFC 7523)"
            ),
            spec_uri=Reference("https://www.rfc-editor.org/rfc/rfc6750"),
            primary=True,
        )
    ],
)
RESOURCE_TYPES = (ResourceType.from_resource(ManagedUser), ResourceType.from_resource(Group))
PROVIDER = ScimProvider(
    models=[User, Managed, Group], resource_types=RESOURCE_TYPES, config=CONFIG, policy=TOLERANT
)
SCHEMAS: tuple[Schema, ...] = (
    *PROVIDER.schemas,
    *(model.to_schema() for model in (ResourceType, ServiceProviderConfig, Schema)),
)
