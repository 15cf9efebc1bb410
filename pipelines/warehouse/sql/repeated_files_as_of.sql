SELECT * FROM repeated_files WHERE received_at <= $instant
