"""What leaves the war room: forms, letters, reports, exchange files, packs for those we work with. Nothing is sent."""
