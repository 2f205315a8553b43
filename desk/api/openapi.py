"""The OpenAPI document, made from the list of routes and the pydantic models."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from desk.api.routes import Operation

_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "anybody": [],
    "widget": [{"widgetSession": []}],
    "agent": [{"agentCookie": []}],
    "actions": [{"actionsSecret": []}],
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable; programs look at this one"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "data": {"type": "object"},
    },
}


def document(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """Return the document for a list of operations."""
    listed = [one for one in operations if one.path.startswith("/api/")]
    models: dict[type[BaseModel], None] = {}
    for one in listed:
        for model in (one.body, one.query):
            if model is not None:
                models[model] = None
    answers = {one.answer: None for one in listed if one.answer is not None}
    template = "#/components/schemas/{model}"
    inputs, parts = models_json_schema([(m, "validation") for m in models], ref_template=template)
    outputs, more = models_json_schema(
        [(m, "serialization") for m in answers], ref_template=template
    )
    schemas = {**parts.get("$defs", {}), **more.get("$defs", {}), "Problem": _PROBLEM}
    refs: dict[Any, Any] = {**inputs, **outputs}
    paths: dict[str, dict[str, Any]] = {}
    for one in listed:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, refs, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Zhanggui desk", "version": version},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "widgetSession": {"type": "http", "scheme": "bearer"},
                "actionsSecret": {"type": "http", "scheme": "bearer"},
                "agentCookie": {"type": "apiKey", "in": "cookie", "name": "zhanggui_session"},
            },
        },
    }


def _operation(one: Operation, refs: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)", one.path)
    ]
    if one.query is not None:
        schema = schemas[refs[(one.query, "validation")]["$ref"].rsplit("/", 1)[1]]
        for name, prop in schema.get("properties", {}).items():
            is_needed = name in schema.get("required", ())
            parameters.append({"name": name, "in": "query", "required": is_needed, "schema": prop})
    if one.is_keyed:
        parameters.append(_header("Idempotency-Key", "The same key again: the same answer."))
    is_write = one.method not in ("GET", "HEAD")
    if one.who == "agent" and is_write:
        parameters.append(_header("X-CSRF-Token", "From sign-in or /agent/me."))
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.who],
        "security": _SECURITY[one.who],
        "responses": _responses(one, refs),
    }
    if parameters:
        found["parameters"] = parameters
    if one.body is not None:
        schema = refs[(one.body, "validation")]
        found["requestBody"] = _body("application/json", schema)
    elif one.is_upload:
        form = {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
        found["requestBody"] = _body("multipart/form-data", form)
    return found


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


def _body(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {media_type: {"schema": schema}}}


def _responses(one: Operation, refs: Any) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    if one.media_type == "websocket":
        return {"101": {"description": "The connection becomes a WebSocket."}, **_problems()}
    if one.answer is not None:
        good["content"] = {"application/json": {"schema": refs[(one.answer, "serialization")]}}
    responses = {str(status): good for status in (one.status, *one.answers_also)}
    return {**responses, **_problems()}


def _problems() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "default": {
            "description": "A problem (RFC 9457).",
            "content": {"application/problem+json": {"schema": schema}},
        }
    }


def handler(operations: tuple[Operation, ...], version: str) -> Any:
    """Return the handler that serves the document; it is made when first asked for."""

    @lru_cache(maxsize=1)
    def made() -> dict[str, Any]:
        return document(operations, version)

    async def get_openapi(request: web.Request) -> web.Response:
        """Return the OpenAPI document of this API."""
        return web.json_response(made())

    return get_openapi
