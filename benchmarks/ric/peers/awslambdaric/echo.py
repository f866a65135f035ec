"""The same work on awslambdaric, which decodes every event and encodes every answer."""


def handler(event, _context):
    return event
