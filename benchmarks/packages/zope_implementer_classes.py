"""Classes made at run time and decorated with @implementer.

The C code of zope.interface 5.0 to 5.1.0 loses a reference for each class
(zopefoundation/zope.interface#216, fixed by #217 in 5.1.1).
"""

from zope.interface import Interface, implementer


class IShape(Interface):
    pass


def work():
    @implementer(IShape)
    class Shape:
        pass

    return IShape.implementedBy(Shape)
