"""The rows of a Spanish shop's own tables."""

from __future__ import annotations

from tests.shops.building import Rows
from tests.shops.people import PRODUCTS, crowd

SCHEMAS = ("tienda.schema.sql",)


def rows() -> Rows:
    """Sixty customers, some orders without an account, appointments by telephone alone."""
    people = crowd()
    ordered = [one for one in people if one.number % 6]
    return {
        "categorias": [{"id_categoria": n, "nombre": name} for n, name in ((1, "Anillos"), (2, "Colgantes"))],
        "articulos": [
            {"id_articulo": n, "referencia": f"A-{n:03}", "nombre": name, "descripcion": "Hecho a mano", "precio": 41,
             "existencias": n, "id_categoria": 1 + n % 2} for n, name in enumerate(PRODUCTS, 1)
        ],
        "clientes": [
            {"id_cliente": one.number, "nombre": one.first, "apellidos": one.last, "correo": one.email,
             "contrasena": one.secret, "telefono": one.phone, "movil": one.phone if one.number % 2 else None,
             "fecha_nacimiento": one.born, "dni": f"{10000000 + one.number * 7919}{'TRWAGMYFPDXBNJZSQVHLCKE'[one.number % 23]}",
             "sexo": "M" if one.gender == "f" else "H", "fecha_alta": one.at, "ultima_ip": one.ip,
             "observaciones": one.wish if one.number % 5 == 0 else None} for one in people
        ],
        "direcciones": [
            {"id_direccion": one.number, "id_cliente": one.number, "alias": "Casa", "destinatario": one.name,
             "calle": one.street, "numero": str(one.number), "piso": "2º B", "codigo_postal": one.postcode,
             "poblacion": one.city, "provincia": one.city, "pais": one.country} for one in people
        ],
        "pedidos": [
            {"id_pedido": one.number, "num_pedido": f"P-{50000 + one.number}", "fecha": one.at, "estado": "entregado",
             "id_cliente": one.number if one.number % 4 else None, "correo_invitado": None if one.number % 4 else one.email,
             "id_direccion_envio": one.number, "total": 41, "forma_pago": "tarjeta", "ip": one.ip,
             "comentario": one.wish if one.number % 3 == 0 else None} for one in ordered
        ],
        "lineas_pedido": [
            {"id_pedido": one.number, "id_articulo": 1 + one.number % 5, "descripcion": PRODUCTS[one.number % 5],
             "cantidad": 1, "precio": 41, "grabado": one.engraving if one.number % 2 else None} for one in ordered
        ],
        "boletin": [
            {"email": one.email, "nombre": one.first, "fecha_suscripcion": one.at, "codigo_baja": one.token, "origen": "web"}
            for one in people if one.number % 2
        ],
        "citas": [
            {"nombre_completo": one.name, "telefono": one.phone, "fecha_hora": one.at, "motivo": "Ajustar un anillo",
             "atendido_por": "Lucía"} for one in people if one.number % 3 == 0
        ],
        "opiniones": [
            {"id_articulo": 1 + one.number % 5, "id_cliente": one.number, "puntuacion": 5, "texto": one.opinion,
             "publicado": one.at} for one in ordered
        ],
        "configuracion": [{"clave": "moneda", "valor": "EUR"}, {"clave": "correo_tienda", "valor": "hola@tienda.example"}],
    }  # fmt: skip
