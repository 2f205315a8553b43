"""The order and the line that an agent's new case is about.

The shopper reads the case later ("where is my case?"), so it may name only what they may see.
"""

from desk.domain.cases import CaseType
from desk.services.access import identity_of, may_see, normal_order_number
from desk.services.cases import CaseInputError
from desk.services.shop import Shop
from desk.services.uow import UnitOfWorkFactory

ABOUT_A_LINE = frozenset({CaseType.RETURN, CaseType.EXCHANGE, CaseType.REPAIR})


async def check_goods(
    units: UnitOfWorkFactory,
    shop: Shop,
    conversation_id: str,
    case_type: CaseType,
    *,
    order_number: str | None,
    line_id: str | None,
    quantity: int | None,
) -> str | None:
    """Return the order's number as it is stored. Raises CaseInputError with the wrong field.

    An order of another shopper is refused like one that does not exist.
    """
    who = await identity_of(units, conversation_id)
    if order_number is None:
        if line_id is not None or case_type in ABOUT_A_LINE:
            raise CaseInputError(field="order_number")
        return None
    order = await shop.order(normal_order_number(order_number))
    if order is None or not await may_see(units, who, order):
        raise CaseInputError(field="order_number")
    line = next((one for one in order.lines if one.id == line_id), None)
    if line is None and (line_id is not None or case_type in ABOUT_A_LINE):
        raise CaseInputError(field="line_id")
    if quantity is not None and (line is None or quantity > line.quantity):
        raise CaseInputError(field="quantity")
    return order.number
