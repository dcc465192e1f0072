import ArgumentParser
import Training

Worker.main()
