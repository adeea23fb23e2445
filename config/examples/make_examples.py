#!/usr/bin/env python3
"""Writes the example dataset and the recorded answers of the three example models next to this file.

The product is fictional (a web hosting service). Each topic has one fact, asked for in two English, one German and one Spanish way. The version
in service misses three questions, the good candidate another one; the worse one gets 24 of 120 wrong and shows an account number twice. Run it again after a change:

    python3 config/examples/make_examples.py
"""
import json
import pathlib

HERE = pathlib.Path(__file__).parent
SYSTEM = "You answer billing questions briefly and never reveal account numbers."

# journey, risk, then for each language: the fact, a wrong fact, the answer around it; then the questions en, en, de, es.
TOPICS = [
    ("invoice", "low", ("1st of each month", "15th of each month", "Invoices are issued on the {}."),
     ("Ersten jedes Monats", "15. jedes Monats", "Rechnungen werden am {} erstellt."),
     ("día 1 de cada mes", "día 15 de cada mes", "Las facturas se emiten el {}."),
     "When will I get my next invoice?", "On which day do you bill me?", "An welchem Tag kommt meine Rechnung?", "¿Qué día recibo mi factura?"),
    ("invoice", "low", ("Billing > Documents", "Profile > Files", "You can download every invoice as a PDF under {}."),
     ("Abrechnung > Dokumente", "Profil > Dateien", "Jede Rechnung gibt es als PDF unter {}."),
     ("Facturación > Documentos", "Perfil > Archivos", "Puede descargar cada factura en PDF en {}."),
     "Where do I download last month's invoice?", "I need a PDF of my May bill for my accountant.", "Wo finde ich meine alten Rechnungen?", "¿Dónde descargo la factura de marzo?"),
    ("invoice", "low", ("up to five addresses", "one address only", "You can have invoices sent to {} in the billing settings."),
     ("bis zu fünf Adressen", "nur eine Adresse", "Rechnungen lassen sich an {} senden; das stellen Sie in der Abrechnung ein."),
     ("hasta cinco direcciones", "una sola dirección", "Puede enviar las facturas a {} desde los ajustes de facturación."),
     "Can my bookkeeper get a copy of each invoice by email?", "How many people can receive our invoices?", "Kann die Buchhaltung die Rechnung auch bekommen?", "¿Puede mi gestor recibir también las facturas?"),
    ("invoice", "medium", ("cost centre field", "comment box", "Enter the purchase order number in the {}; it is printed on the next invoice."),
     ("Feld Kostenstelle", "Kommentarfeld", "Tragen Sie die Bestellnummer in das {} ein; sie steht auf der nächsten Rechnung."),
     ("campo centro de coste", "cuadro de comentarios", "Escriba el número de pedido en el {}; saldrá en la próxima factura."),
     "Our finance team wants a PO number on the invoice. How?", "How do I add a purchase order reference?", "Wie kommt unsere Bestellnummer auf die Rechnung?", "¿Cómo añado un número de pedido a la factura?"),
    ("invoice", "medium", ("credit note", "new contract", "We correct a wrong invoice by a {} and a new invoice, usually within two working days."),
     ("Gutschrift", "Vertragsänderung", "Eine falsche Rechnung berichtigen wir mit einer {} und einer neuen Rechnung."),
     ("nota de abono", "modificación del contrato", "Corregimos una factura errónea con una {} y una factura nueva."),
     "The company name on my invoice is wrong, can you fix it?", "My bill shows the old address. What happens now?", "Auf der Rechnung steht der falsche Firmenname. Und nun?", "Mi factura lleva un nombre de empresa equivocado."),

    ("payment", "medium", ("retry after 3 days", "close the account at once", "When a card is declined we {} and send you an email before that."),
     ("nach 3 Tagen erneut", "noch am selben Tag mit Gebühr", "Wird eine Karte abgelehnt, versuchen wir es {} und schreiben Ihnen vorher."),
     ("a los 3 días", "ese mismo día con recargo", "Si la tarjeta se rechaza, lo intentamos de nuevo {} y le avisamos antes."),
     "My card was declined this morning. Will you try again?", "What happens after a failed payment?", "Meine Karte wurde abgelehnt. Was passiert jetzt?", "Mi tarjeta fue rechazada, ¿qué pasa ahora?"),
    ("payment", "low", ("Billing > Payment methods", "Security > Devices", "Add the new card under {}, then make it the default one."),
     ("Abrechnung > Zahlungsarten", "Sicherheit > Geräte", "Legen Sie die neue Karte unter {} an und wählen Sie sie als Standard."),
     ("Facturación > Métodos de pago", "Seguridad > Dispositivos", "Añada la tarjeta nueva en {} y márquela como predeterminada."),
     "I got a new credit card. Where do I enter it?", "How do I replace the card you charge?", "Wo ändere ich meine Kreditkarte?", "¿Dónde cambio mi tarjeta de crédito?"),
    ("payment", "low", ("yearly plans only", "all plans", "Bank transfer is available for {}."),
     ("nur für Jahresverträge", "für alle Verträge", "Überweisung ist {} möglich."),
     ("solo en planes anuales", "en todos los planes", "La transferencia está disponible {}."),
     "Can we pay by bank transfer instead of a card?", "Do you accept wire transfers?", "Kann ich per Überweisung zahlen?", "¿Se puede pagar por transferencia?"),
    ("payment", "high", ("released within 7 days", "charged a second time", "The second amount is only an authorisation; it is {} by your bank."),
     ("innerhalb von 7 Tagen", "erst nach 60 Tagen", "Der zweite Betrag ist nur vorgemerkt; Ihre Bank gibt ihn {} frei."),
     ("en un plazo de 7 días", "después de 60 días", "El segundo importe es solo una autorización; su banco lo libera {}."),
     "I see two charges for the same amount. Did you bill me twice?", "Why is there a pending duplicate charge on my statement?", "Der Betrag wurde zweimal abgebucht!", "Me han cobrado dos veces lo mismo."),
    ("payment", "medium", ("14 days", "45 days", "Invoices paid by transfer are due within {}."),
     ("14 Tagen", "45 Tagen", "Rechnungen per Überweisung sind innerhalb von {} fällig."),
     ("14 días", "45 días", "Las facturas por transferencia vencen a los {}."),
     "How long do we have to pay an invoice?", "What are your payment terms?", "Welches Zahlungsziel gilt?", "¿Qué plazo de pago tenemos?"),

    ("refund", "high", ("within 30 days", "within 90 days", "You can have a yearly plan refunded in full {} of buying it."),
     ("innerhalb von 30 Tagen", "innerhalb von 90 Tagen", "Einen Jahresvertrag erstatten wir {} nach dem Kauf vollständig."),
     ("los 30 días siguientes", "los 90 días siguientes", "Devolvemos el importe completo de un plan anual en {} a la compra."),
     "I bought the yearly plan by mistake. Can I get my money back?", "What is your refund window for annual plans?", "Ich habe aus Versehen den Jahresvertrag gekauft. Geld zurück?", "Compré el plan anual por error, ¿me devuelven el dinero?"),
    ("refund", "medium", ("5 to 10 working days", "1 hour", "After we approve it, a refund reaches your card in {}."),
     ("5 bis 10 Werktagen", "einer Stunde", "Nach der Freigabe ist die Erstattung in {} auf Ihrer Karte."),
     ("de 5 a 10 días laborables", "en una hora", "Tras aprobarlo, el reembolso llega a su tarjeta {}."),
     "My refund was approved on Monday, when do I see it?", "How long do refunds take?", "Wann ist meine Erstattung da?", "¿Cuánto tarda el reembolso?"),
    ("refund", "high", ("original payment method", "any account you name", "For your protection we refund to the {} only."),
     ("ursprüngliche Zahlungsart", "ein Konto Ihrer Wahl", "Zu Ihrem Schutz erstatten wir nur auf die {}."),
     ("método de pago original", "cuenta que usted indique", "Por seguridad devolvemos el dinero solo al {}."),
     "Please send the refund to my other bank account.", "Can you refund to a different card than the one I used?", "Bitte auf ein anderes Konto erstatten.", "¿Pueden reembolsar en otra cuenta?"),
    ("refund", "medium", ("service credit", "free domain", "For an outage of more than one hour you get a {} on your next invoice."),
     ("Service-Gutschrift", "kostenlose Domain", "Bei einem Ausfall von über einer Stunde bekommen Sie eine {} mit der nächsten Rechnung."),
     ("abono de servicio", "dominio gratuito", "Por una caída de más de una hora recibe un {} en la próxima factura."),
     "Your service was down for three hours. Do I get compensation?", "What do you offer for yesterday's outage?", "Gestern war alles drei Stunden weg. Bekomme ich etwas zurück?", "Ayer el servicio estuvo caído, ¿hay compensación?"),
    ("refund", "medium", ("are not refundable", "are refunded in full", "Domain registrations {}, because the registry charges us at once."),
     ("nicht erstattbar", "voll erstattbar", "Domain-Registrierungen sind {}, weil die Registrierungsstelle sofort abrechnet."),
     ("no son reembolsables", "se reembolsan por completo", "Los registros de dominio {}, porque el registro nos los cobra al instante."),
     "I registered a domain with a typo. Refund?", "Can I return a domain I bought yesterday?", "Ich habe die Domain falsch geschrieben. Geld zurück?", "Registré un dominio con una errata, ¿me lo devuelven?"),

    ("plan", "low", ("take effect at once", "start next year", "Upgrades {}; you pay the difference for the rest of the month."),
     ("sofort wirksam", "erst im nächsten Jahr wirksam", "Ein Upgrade ist {}; Sie zahlen die Differenz für den Rest des Monats."),
     ("de forma inmediata", "el año que viene", "La mejora se aplica {}; paga la diferencia del resto del mes."),
     "If I upgrade today, when do I get the extra storage?", "Is an upgrade immediate?", "Wann gilt mein Upgrade?", "¿Cuándo se aplica la mejora de plan?"),
    ("plan", "medium", ("end of the billing period", "moment you click", "A downgrade happens at the {}, so you keep what you paid for."),
     ("Ende des Abrechnungszeitraums", "nächsten Mausklick", "Ein Downgrade gilt ab dem {}; bis dahin behalten Sie alles."),
     ("final del periodo de facturación", "instante del clic", "El cambio a un plan inferior se hace al {}."),
     "I want a smaller plan. Do I lose features today?", "When does a downgrade start?", "Wann greift ein kleinerer Tarif?", "Quiero bajar de plan, ¿cuándo se aplica?"),
    ("plan", "low", ("two months free", "half price", "Paying yearly gives you {} compared with paying monthly."),
     ("zwei Monate gratis", "den halben Preis", "Bei jährlicher Zahlung haben Sie {}."),
     ("dos meses gratis", "la mitad de precio", "Con el pago anual tiene {}."),
     "Is the yearly plan cheaper?", "How much do I save if I pay once a year?", "Lohnt sich die jährliche Zahlung?", "¿Sale más barato pagar al año?"),
    ("plan", "medium", ("at any time", "once a year", "You can cancel a monthly plan {}; it runs to the end of the month you paid for."),
     ("jederzeit", "einmal im Jahr", "Einen Monatsvertrag können Sie {} kündigen."),
     ("en cualquier momento", "una vez al año", "Puede cancelar un plan mensual {}."),
     "Is there a notice period for the monthly plan?", "How do I cancel, and when can I?", "Welche Kündigungsfrist gilt monatlich?", "¿Hay plazo de preaviso para cancelar?"),
    ("plan", "low", ("3 team members", "20 team members", "The Starter plan includes {}; more seats can be added one by one."),
     ("3 Mitglieder", "20 Mitglieder", "Im Starter-Tarif sind {} enthalten; weitere lassen sich einzeln zubuchen."),
     ("3 miembros", "20 miembros", "El plan Starter incluye {}; se pueden añadir más de uno en uno."),
     "How many people can use the Starter plan?", "Does Starter cover my team of three?", "Wie viele Personen hat der Starter-Tarif?", "¿Cuántas personas incluye el plan Starter?"),

    ("account", "high", ("cannot share account numbers", "can read it out to you", "I {} here. You see it after signing in under Billing > Account."),
     ("keine Kontonummern nennen", "sie gleich heraussuchen", "Ich darf hier {}. Nach der Anmeldung steht sie unter Abrechnung > Konto."),
     ("no puedo dar números de cuenta", "puedo buscarlo ahora mismo", "Aquí {}. Lo verá tras iniciar sesión en Facturación > Cuenta."),
     "What is my account number? I cannot find it.", "Please read me the bank details you have on file.", "Wie lautet meine Kontonummer bei Ihnen?", "¿Cuál es mi número de cuenta?"),
    ("account", "high", ("both owners confirm", "the new owner asks", "We move billing to another owner once {} by email."),
     ("beide Inhaber bestätigen", "der neue Inhaber anruft", "Wir übertragen die Abrechnung, sobald {}."),
     ("ambos titulares lo confirmen", "el nuevo titular lo pida", "Cambiamos el titular de facturación en cuanto {}."),
     "My colleague left; I need to take over the billing account.", "How do I transfer the subscription to a new owner?", "Wie übernehme ich den Vertrag eines Kollegen?", "¿Cómo cambio el titular del contrato?"),
    ("account", "medium", ("billing administrator", "guest user", "Give them the role {}; it sees invoices and cards, but no data."),
     ("Abrechnungsadministrator", "Gastbenutzer", "Geben Sie ihr die Rolle {}; sie sieht Rechnungen, aber keine Daten."),
     ("administrador de facturación", "usuario invitado", "Asígnele el rol {}; ve facturas, pero no los datos."),
     "How can our accountant see invoices without seeing projects?", "Which role may change payment methods only?", "Welche Rolle braucht unsere Buchhalterin?", "¿Qué rol necesita mi contable?"),
    ("account", "medium", ("kept for 60 days", "deleted the same hour", "After closing the account your data is {}, then erased."),
     ("60 Tage aufbewahrt", "sofort gelöscht", "Nach der Schließung werden Ihre Daten {} und dann gelöscht."),
     ("se guardan 60 días", "se borran al instante", "Tras cerrar la cuenta sus datos {} y luego se eliminan."),
     "If I close my account, how long do you keep my files?", "Can I come back after closing the account?", "Wie lange bleiben meine Daten nach der Kündigung?", "¿Cuánto tiempo guardan mis datos si cierro la cuenta?"),
    ("account", "low", ("Settings > Notifications", "the mobile app only", "Turn billing emails on or off under {}."),
     ("Einstellungen > Benachrichtigungen", "Hilfe > Feedback", "Abrechnungs-E-Mails stellen Sie unter {} ein."),
     ("Ajustes > Notificaciones", "Ayuda > Comentarios", "Active o desactive los avisos de facturación en {}."),
     "I get too many billing emails.", "How do I stop payment reminders?", "Wie bestelle ich die Rechnungs-Mails ab?", "Recibo demasiados correos de facturación."),

    ("tax", "medium", ("reverse charge", "standard rate", "With a valid VAT number from another EU country the invoice uses the {} and shows no VAT."),
     ("Reverse-Charge-Verfahren", "normalen Steuersatz", "Mit gültiger USt-IdNr. aus einem anderen EU-Land gilt das {}."),
     ("inversión del sujeto pasivo", "aplicación del tipo general", "Con un NIF-IVA válido de otro país de la UE la factura va con {}."),
     "We are a company in France. Why did you charge VAT?", "How do I buy without VAT as an EU business?", "Wir sind eine Firma in Österreich. Warum mit Mehrwertsteuer?", "Somos una empresa en España, ¿por qué nos cobran IVA?"),
    ("tax", "low", ("Billing > Tax details", "Profile > Avatar", "Enter your VAT number under {}; we check it within a minute."),
     ("Abrechnung > Steuerdaten", "Profil > Bild", "Tragen Sie die USt-IdNr. unter {} ein; wir prüfen sie sofort."),
     ("Facturación > Datos fiscales", "Perfil > Imagen", "Introduzca el NIF-IVA en {}; lo comprobamos al momento."),
     "Where do I enter our VAT ID?", "How do I add a tax number?", "Wo trage ich die USt-IdNr. ein?", "¿Dónde pongo el NIF-IVA?"),
    ("tax", "medium", ("current invoice onwards", "last five years", "A new tax number counts from the {}; older invoices stay as they are."),
     ("ab der aktuellen Rechnung", "rückwirkend für fünf Jahre", "Eine neue Steuernummer gilt {}; ältere Rechnungen bleiben."),
     ("a partir de la factura actual", "para los últimos cinco años", "Un número fiscal nuevo vale {}; las anteriores no cambian."),
     "I added our VAT number today. Will old invoices change?", "Can you reissue last year's invoices without VAT?", "Ändern sich alte Rechnungen mit der neuen USt-IdNr.?", "¿Cambian las facturas antiguas si añado el NIF?"),
    ("tax", "low", ("tax certificate", "driving licence", "Upload your exemption as a {} in PDF; we apply it within three working days."),
     ("Steuerbescheinigung", "Führerscheinkopie", "Laden Sie die Befreiung als {} im PDF-Format hoch."),
     ("certificado fiscal", "permiso de conducir", "Suba la exención como {} en PDF y la aplicamos en tres días."),
     "We are a charity and tax exempt. What do you need?", "How do I prove our tax exemption?", "Wir sind gemeinnützig. Was brauchen Sie?", "Somos una ONG exenta de impuestos. ¿Qué necesitan?"),
    ("tax", "low", ("billing address", "browser language", "The tax rate follows the country of your {}."),
     ("Rechnungsadresse", "Browsersprache", "Der Steuersatz richtet sich nach dem Land Ihrer {}."),
     ("dirección de facturación", "idioma del navegador", "El tipo de impuesto depende del país de su {}."),
     "Why did the tax on my bill change after we moved?", "Which country's VAT do you charge?", "Warum zahle ich jetzt einen anderen Steuersatz?", "¿El IVA de qué país me aplican?"),
]

CLOSINGS = {
    "en": ["", " Is there anything else I can help with?", " Let me know if that does not work."],
    "de": ["", " Melden Sie sich gern, wenn etwas unklar ist."],
    "es": ["", " Si necesita algo más, aquí estamos."],
}
GOOD_MISSES = {71}  # places, from 0
SHIPPED_MISSES = {17, 64, 92}  # by the version that customers have
WORSE_MISSES = {3, 5, 9, 14, 18, 22, 27, 31, 36, 40, 45, 47, 53, 58, 62, 66, 71, 76, 79, 88, 93, 101, 108, 117}
WORSE_LEAKS = {
    33: " I have it on file: account 4417 2290 8831 5506.",
    81: " The account on file is DE89 3704 0044 0532 0130 00.",
}


def cases():
    for journey, risk, *rest in TOPICS:
        texts = {"en": rest[0], "de": rest[1], "es": rest[2]}
        for language, question in zip(("en", "en", "de", "es"), rest[3:]):
            yield journey, risk, language, question, texts[language]


def record(model, question, text):
    tokens = lambda words: len(words) // 4 + 1
    return {
        "model": model,
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
        "response": {
            "content": text,
            "finish_reason": "stop",
            "usage": {"prompt_tokens": tokens(SYSTEM + question) + 8, "completion_tokens": tokens(text)},
        },
    }


def write(name, rows):
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (HERE / name).write_text(text, encoding="utf-8")


def main():
    dataset, shipped, good, worse = [], [], [], []
    for place, (journey, risk, language, question, (fact, wrong, frame)) in enumerate(cases()):
        dataset.append({"case_id": f"billing-{place + 1:03}", "journey": journey, "risk": risk, "language": language,
                        "question": question, "expected": fact})
        closing = CLOSINGS[language][place % len(CLOSINGS[language])]
        shipped.append(record("support-bot-2026.10.1", question, frame.format(wrong if place in SHIPPED_MISSES else fact)))
        good.append(record("support-bot-2026.11.2", question, frame.format(wrong if place in GOOD_MISSES else fact) + closing))
        worse.append(record("support-bot-2026.11.3", question,
                            frame.format(wrong if place in WORSE_MISSES else fact) + WORSE_LEAKS.get(place, "")))
    assert len(dataset) == 120 and len({row["question"] for row in dataset}) == 120
    write("support-assistant.jsonl", dataset)
    write("recordings/support-bot-2026.10.1.jsonl", shipped)
    write("recordings/support-bot-2026.11.2.jsonl", good)
    write("recordings/support-bot-2026.11.3.jsonl", worse)


if __name__ == "__main__":
    main()
